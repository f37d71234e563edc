// The worker: holds one wasm program with one session on one device, and answers one request after the other,
// so the page's own thread never computes. The page may end it at any time.
import init, { GifAnimation, Session, drawnOutfit, mixCodes, transferCode, walkCodes } from "../wasm/web.js";
import { answerRequests, tell } from "./answering.js";
import { Screens } from "./screens.js";

/** Pixels along one side of the networks' pictures. */
const SIDE = 64;

/** @type {Session | undefined} */
let session;
/** @type {GifAnimation | undefined} */
let animation;
const screens = new Screens();

/** @returns {Session} */
function open() {
  if (!session) throw new Error("The session is not open yet.");
  return session;
}

/** @param {import("./protocol.js").Request} request @returns {Promise<any>} */
async function answer(request) {
  switch (request.kind) {
    case "open":
      await init({ module_or_path: request.module });
      session = await Session.open(request.device);
      session.onLost((/** @type {string} */ reason) => tell({ news: "lost", reason }));
      return undefined;
    case "prepare":
      return open().prepare(request.json);
    case "load":
      return open().load(request.model.json, request.model.files);
    case "tune":
      return open().tune(() => performance.now());
    case "reconstruct": {
      const start = performance.now();
      const made = await open().reconstruct(request.photo, viewOf(request.view));
      return { ...made, milliseconds: performance.now() - start };
    }
    case "sample":
      return open().sample(request.seed, request.count);
    case "refine-begin":
      return open().refineBegin(request.original, request.latent, request.features);
    case "refine-steps":
      return open().refineSteps(request.count);
    case "draw":
      return drawnOutfit(request.seed);
    case "encode":
      return open().encode(request.photo);
    case "decode":
      return open().decode(request.codes, request.scores);
    case "attach":
      return screens.attach(open(), request.canvas);
    case "detach":
      return screens.detach(open(), request.canvas);
    case "show":
      return screens.show(open(), request.canvas, request.codes, request.columns);
    case "gif-begin":
    case "gif-add":
    case "gif-finish":
    case "gif-forget":
      return animate(request);
    default:
      return codes(request);
  }
}

/** @param {import("./protocol.js").CodesRequest} request @returns {Float32Array} */
function codes(request) {
  switch (request.kind) {
    case "walk": {
      const { stops, latent, way, pace, closed, steps } = request.walk;
      return walkCodes(stops, latent, way, pace, closed, steps);
    }
    case "mix":
      return mixCodes(request.corners, request.across, request.down);
    case "shift":
      return open().shift(request.code, request.amounts);
    case "transfer":
      return transferCode(request.code, request.from, request.to, request.amount);
  }
}

/** @param {import("./protocol.js").GifRequest} request @returns {Promise<Uint8Array | undefined>} */
async function animate(request) {
  if (request.kind === "gif-begin" || request.kind === "gif-forget") {
    animation?.free();
    animation = request.kind === "gif-begin" ? new GifAnimation(SIDE, request.factor, request.delay) : undefined;
    return undefined;
  }
  // The worker that had begun it is gone with its device.
  if (!animation) throw new Error("The animation was lost with the device that made it: export it again.");
  if (request.kind === "gif-finish") return animation.finish();
  const { images } = await open().decode(request.codes, false);
  for (const image of images) animation.push(image);
  return undefined;
}

/** @param {import("./protocol.js").View | undefined} view */
function viewOf(view) {
  return view && Float64Array.of(view.turns, view.left, view.top, view.side);
}

answerRequests(answer);
