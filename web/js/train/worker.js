// A training's own worker: it takes steps by itself, in a hidden tab too, and hears the page between them. What it
// tells goes by the time steps take, so that a slow device is not asked for pictures all the time.
import init, { TrainingSession, drawnPictures, modelOfRun, packArchive, preparePicture, trainingChoices, unpackArchive } from "../../wasm/web.js";
import { answerRequests, enqueue, tell } from "../answering.js";

/** A report every so many ms, if steps are faster than that. */
const BETWEEN_REPORTS = 250;
/** At most so many steps in a report: they are waited for together. */
const MOST_STEPS = 50;
/** Pictures are shown so often, in ms, and take at most a tenth of the time; snapshots half of that. */
const BETWEEN_PICTURES = 1_500;
const BETWEEN_SNAPSHOTS = 15_000;

/** @type {TrainingSession | undefined} */
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
const pictures = inItsTurn(tellPictures, BETWEEN_PICTURES);
const snapshot = inItsTurn(tellSnapshot, BETWEEN_SNAPSHOTS);

/** @returns {TrainingSession} */
function open() {
  if (!session) throw new Error("The session is not open yet.");
  return session;
}

/** @param {import("../protocol.js").TrainingRequest} request @returns {Promise<any>} */
async function answer(request) {
  switch (request.kind) {
    case "open":
      ({ memory } = await init({ module_or_path: request.module }));
      session = await TrainingSession.open(request.device);
      session.onLost((/** @type {string} */ reason) => tell({ news: "lost", reason }));
      return undefined;
    case "train-choices":
      return JSON.parse(trainingChoices());
    case "train-prepare":
      return preparePicture(request.photo, request.fit);
    case "train-draw":
      return drawnPictures(0, request.count);
    case "train-begin":
      [running, count, stepsPerSecond, batch] = [false, 1, 0, request.settings.batch];
      return open().begin(JSON.stringify(request.settings), request.start, request.files, request.features, request.pictures);
    case "train-run":
      running = true;
      ring();
      return undefined;
    case "train-pause":
      running = false;
      return undefined;
    case "train-step":
      await steps(1);
      return tellPictures();
    case "train-snapshot":
      return tellSnapshot();
    case "train-export": {
      const files = await open().export(request.what);
      return request.archive ? packArchive(files) : files;
    }
    case "unpack":
      return unpackArchive(request.archive);
    case "run-model":
      return modelOfRun(request.config, request.checkpoint);
  }
}

/** Some steps, if nobody has said stop since the last ones. */
async function turn() {
  if (!running) return;
  const start = performance.now();
  await steps(count);
  // What went wrong is not shown, nor kept.
  if (!running) return;
  await pictures();
  await snapshot();
  const each = (performance.now() - start) / count;
  count = Math.max(1, Math.min(Math.round(BETWEEN_REPORTS / each), 2 * count, MOST_STEPS));
  ring();
}

/** @param {number} many */
async function steps(many) {
  const start = performance.now();
  const report = await open().steps(many, batch * stepsPerSecond);
  stepsPerSecond = (1_000 * many) / (performance.now() - start);
  if (report.failure) running = false;
  const bytes = (memory?.buffer.byteLength ?? 0) + report.deviceBytes;
  tell({ news: "training", told: { report: { ...report, stepsPerSecond, bytes } } });
}

async function tellPictures() {
  tell({ news: "training", told: { pictures: await open().show() } });
}

async function tellSnapshot() {
  const files = await open().snapshot();
  if (!files) return;
  const [, state] = files.find(([name]) => name === "trainer.json") ?? [];
  const { step } = JSON.parse(new TextDecoder().decode(state));
  tell({ news: "training", told: { snapshot: { step, files } } }, files.map(([, bytes]) => bytes.buffer));
}

/** @param {string} error */
function ended(error) {
  running = false;
  tell({ news: "training", told: { error } });
}

answerRequests(answer);
