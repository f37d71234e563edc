// The workshop's worker: it refines, or trains. A training takes steps by itself, in a hidden tab too, and hears the page
// between them. How often it reports follows from how long steps take, so that a slow device does not make pictures all
// the time.
import init, { Session, keepDirections, modelOfRun, packArchive, trainingChoices } from "../../wasm/workshop.js";
import { completeAdapters } from "../adapter.js";
import { answer, enqueue, send } from "../answering.js";

/** A report every so many ms, if steps are faster than that. */
const BETWEEN_REPORTS = 250;
/** At most so many steps in a report: they are waited for together. */
const MOST_STEPS = 50;
/** Pictures are shown so often, in ms, and take at most a tenth of the time; snapshots half of that. */
const BETWEEN_PICTURES = 1_500;
const BETWEEN_SNAPSHOTS = 15_000;

/** @type {Session | undefined} */
let session;
/** @type {WebAssembly.Memory | undefined} the program's */
let memory;
let running = false;
/** Steps in the next report. */
let count = 1;
let stepsPerSecond = 0;
let batch = 0;

// A message to itself comes after those of the page that wait already. Timers would be held up in a hidden tab.
const { port1: next, port2: bell } = new MessageChannel();
/** Whether a turn is to come: two would be two trainings of one. */
let rung = false;
next.onmessage = () => { rung = false; enqueue(turn, ended); };

function ring() {
  if (!rung) bell.postMessage("");
  rung = true;
}

/** @param {() => Promise<void>} make @param {number} least ms between two */
function inItsTurn(make, least) {
  let due = 0;
  return async () => {
    const start = performance.now();
    if (start < due) return;
    await make();
    const end = performance.now();
    due = end + Math.max(least, 9 * (end - start));
  };
}
const pictures = inItsTurn(sendPictures, BETWEEN_PICTURES);
const snapshot = inItsTurn(sendSnapshot, BETWEEN_SNAPSHOTS);

/** @returns {Session} */
function open() {
  if (!session) throw new Error("The session is not open yet.");
  return session;
}

/** What the page can ask, as `Remote.ask` names it. Pictures to train on are 12,288 bytes each: 64x64, RGB. */
const requests = {
  /** @param {WebAssembly.Module} module @param {import("../protocol.js").DeviceKind} device */
  async open(module, device) {
    completeAdapters();
    ({ memory } = await init({ module_or_path: module }));
    session = await Session.open(device);
    session.onLost((reason) => send({ end: "lost", reason }));
  },
  /** @param {Uint8Array} json model.json */
  begin: (json) => open().begin(json),
  /** A file of the model, in any order. @param {string} name @param {Uint8Array} bytes */
  add: (name, bytes) => open().add(name, bytes),

  /** @param {Uint8ClampedArray} original the photo as the network sees it @param {Float32Array} latent where to begin @param {import("../protocol.js").FeaturesFiles} features */
  refineBegin: (original, latent, features) => open().refineBegin(original, latent, features),
  /** @param {number} count */
  refineSteps: (count) => open().refineSteps(count),

  /**
   * A gradient descent with something else asked for; `refineSteps` goes on with it.
   * @param {Uint8ClampedArray} original the photo as the network sees it @param {import("../protocol.js").Wishes} wishes
   * @param {import("../protocol.js").FeaturesFiles} features @param {Float32Array} others codes, one after the other: a candidate for each
   */
  wish: (original, { keep, part, colour, shape, kind }, features, others) => open().wish(original, keep, part, colour, shape, kind, features, others),

  trainingChoices,
  /**
   * @param {import("../protocol.js").TrainingSettings} settings
   * @param {"nothing" | "model" | "checkpoint"} start
   * @param {import("../protocol.js").NamedFile[]} checkpoint its files, where that is the start
   * @param {import("../protocol.js").FeaturesFiles} features
   * @param {Uint8Array} all pictures, one after the other
   */
  train(settings, start, checkpoint, features, all) {
    [running, count, stepsPerSecond, batch] = [false, 1, 0, settings.batch];
    open().trainBegin(JSON.stringify(settings), start, checkpoint, features, all);
  },
  /** Answers at once, and takes steps until `pause`. */
  run() {
    running = true;
    ring();
  },
  pause() {
    running = false;
  },
  async step() {
    await steps(1);
    await sendPictures();
  },
  /** Milliseconds of a step, after one that compiles what it needs: of a trial, of which nobody hears. */
  async timeStep() {
    await open().trainSteps(1, 0);
    const start = performance.now();
    await open().trainSteps(1, 0);
    return performance.now() - start;
  },
  snapshot: sendSnapshot,
  /** @param {"model" | "run"} what @returns {Promise<import("../protocol.js").NamedFile[]>} */
  export: (what) => open().export(what),
  /** @param {"model" | "run"} what @returns {Promise<Uint8Array>} a zip archive */
  archive: async (what) => packArchive(await open().export(what)),
  modelOfRun,
  /** The model as an archive, with more directions. @param {Uint8Array} json model.json @param {import("../protocol.js").NamedFile[]} files all that it names @param {Uint8Array} kept the text of a file */
  keepDirections: (json, files, kept) => keepDirections(json, files, kept),
};
/** @typedef {typeof requests} Requests */

/** Some steps, unless the page has paused since the last ones. */
async function turn() {
  if (!running) return;
  const start = performance.now();
  await steps(count);
  // A training that failed shows no pictures and keeps no snapshot.
  if (!running) return;
  await pictures();
  await snapshot();
  const each = (performance.now() - start) / count;
  count = Math.max(1, Math.min(Math.round(BETWEEN_REPORTS / each), 2 * count, MOST_STEPS));
  ring();
}

/** @param {import("../protocol.js").TrainingNews} news @param {Transferable[]} [transfer] */
function report(news, transfer) {
  send({ news }, transfer);
}

/** @param {number} many */
async function steps(many) {
  const start = performance.now();
  const made = await open().trainSteps(many, batch * stepsPerSecond);
  stepsPerSecond = (1_000 * many) / (performance.now() - start);
  if (made.failure) running = false;
  const bytes = (memory?.buffer.byteLength ?? 0) + made.deviceBytes;
  report({ report: { ...made, stepsPerSecond, bytes } });
}

async function sendPictures() {
  report({ pictures: await open().show() });
}

async function sendSnapshot() {
  const files = await open().snapshot();
  if (!files) return;
  const [, state] = files.find(([name]) => name === "trainer.json") ?? [];
  const { step } = JSON.parse(new TextDecoder().decode(state));
  report({ snapshot: { step, files } }, files.map(([, bytes]) => /** @type {ArrayBuffer} */ (bytes.buffer)));
}

/** @param {string} error */
function ended(error) {
  running = false;
  report({ error });
}

answer(requests);
