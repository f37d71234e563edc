// The worker: holds one wasm program with one session on one device, and answers one request after the other,
// so the page's own thread never computes. The page may end it at any time.
import init, { Session, drawnOutfit } from "../wasm/web.js";

/** @type {Session | undefined} */
let session;
/** Requests run one after the other: the session is not to be entered twice. */
let queue = Promise.resolve();

/** @param {import("./protocol.js").Message} message @param {Transferable[]} [transfer] */
function tell(message, transfer = []) {
  self.postMessage(message, { transfer });
}

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
      return { name: session.deviceName() };
    case "load":
      return open().load(request.model.json, request.model.files);
    case "reconstruct": {
      const start = performance.now();
      const made = await open().reconstruct(request.photo);
      return { ...made, milliseconds: performance.now() - start };
    }
    case "sample":
      return open().sample(request.seed, request.count);
    case "draw":
      return drawnOutfit(request.seed);
  }
}

self.addEventListener("message", (/** @type {MessageEvent<{ id: number, request: import("./protocol.js").Request }>} */ event) => {
  const { id, request } = event.data;
  queue = queue.then(async () => {
    try {
      tell({ id, value: await answer(request) });
    } catch (error) {
      // A trap of the program (its memory is then unusable) is told apart from an error it returned.
      if (error instanceof WebAssembly.RuntimeError) tell({ news: "stopped", reason: error.message });
      tell({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
});

// A trap inside a promise never settles that promise; it surfaces here.
self.addEventListener("unhandledrejection", (event) => {
  tell({ news: "stopped", reason: String(event.reason?.message ?? event.reason) });
});
