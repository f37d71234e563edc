// A training's own worker: it takes steps by itself, in a hidden tab too, and hears the page between them. How often it
// reports follows from how long steps take, so that a slow device does not make pictures all the time.
import init, { PicturePreparation, TrainingSession, modelOfRun, packArchive, trainingChoices, unpackArchive } from "../../wasm/web.js";
import { answer, enqueue, send } from "../answering.js";

/** A report every so many ms, if steps are faster than that. */
const BETWEEN_REPORTS = 250;
/** At most so many steps in a report: they are waited for together. */
const MOST_STEPS = 50;
/** Pictures are shown so often, in ms, and take at most a tenth of the time; snapshots half of that. */
const BETWEEN_PICTURES = 1_500;
const BETWEEN_SNAPSHOTS = 15_000;

/** @type {TrainingSession | undefined} */
let session;
/** @type {PicturePreparation | undefined} */
let preparation;
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

/** @returns {TrainingSession} */
function open() {
  if (!session) throw new Error("The session is not open yet.");
  return session;
}

/** @returns {PicturePreparation} */
function prepared() {
  if (!preparation) throw new Error("No model has said yet what pictures are to show.");
  return preparation;
}

/** What the page can ask, as `Remote.ask` names it. Pictures to train on are 12,288 bytes each: 64x64, RGB. */
const requests = {
  /** @param {WebAssembly.Module} module @param {import("../protocol.js").DeviceKind} device */
  async open(module, device) {
    ({ memory } = await init({ module_or_path: module }));
    session = await TrainingSession.open(device);
    session.onLost((reason) => send({ end: "lost", reason }));
  },
  trainingChoices,
  /** Pictures are to be as this model sees photos. @param {Uint8Array} json model.json @param {import("../protocol.js").NamedFile[]} files that of the network that cuts garments out, if there is one */
  prepareFor(json, files) {
    const next = new PicturePreparation(json, files);
    preparation?.free();
    preparation = next;
  },
  /** @param {Uint8Array} photo the file's bytes */
  preparePicture: (photo) => prepared().picture(photo),
  /** @param {number} first @param {number} count */
  drawnPictures: (first, count) => prepared().drawn(first, count),
  cutout: () => prepared().cutout(),
  /**
   * @param {import("../protocol.js").TrainingSettings} settings
   * @param {"nothing" | "model" | "checkpoint"} start
   * @param {import("../protocol.js").NamedFile[]} files of the model or the checkpoint
   * @param {import("../protocol.js").FeaturesFiles} features
   * @param {import("../protocol.js").CutoutFiles} cutout what has cut the pictures out
   * @param {Uint8Array} all pictures, one after the other
   */
  begin(settings, start, files, features, cutout, all) {
    [running, count, stepsPerSecond, batch] = [false, 1, 0, settings.batch];
    open().begin(JSON.stringify(settings), start, files, features, cutout, all);
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
  snapshot: sendSnapshot,
  /** @param {"model" | "run"} what @returns {Promise<import("../protocol.js").NamedFile[]>} */
  export: (what) => open().export(what),
  /** @param {"model" | "run"} what @returns {Promise<Uint8Array>} a zip archive */
  archive: async (what) => packArchive(await open().export(what)),
  unpackArchive,
  modelOfRun,
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
  const made = await open().steps(many, batch * stepsPerSecond);
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
