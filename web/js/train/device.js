// Which device a training takes. A picture's time does not tell: it is mostly waiting, of which a training step, a thousand times
// the work, has little. So a step of the training's own size is timed on both.
import { SILENT, graphicsAdapter, isEmulated } from "../adapter.js";
import { within } from "../measure.js";

/** @typedef {import("../protocol.js").DeviceKind} DeviceKind */
/** @typedef {import("../protocol.js").TrainingSettings} TrainingSettings */

/**
 * A device to try: milliseconds of a step of so many pictures, which it has taken before, so that nothing is compiled any more.
 * @typedef {{ time: (batch: number) => Promise<number>, close: () => void }} Trial
 */

/** The first step on a graphics device is of so few pictures: a driver that takes long for them would be taken for one that hangs. */
const FEW = 2;
/** What that step may take, in ms, compiling included. */
const PATIENCE = 60_000;
/** A step so long, in ms, is too much for any graphics device: its driver may end what it does. */
const LONGEST = 20_000;

/**
 * @param {import("../workshop.js").Workshop} workshop
 * @param {import("./run.js").Beginning} beginning
 * @returns {Promise<DeviceKind>}
 */
export async function deviceFor(workshop, beginning) {
  const adapter = await graphicsAdapter();
  if (!adapter || adapter === SILENT || isEmulated(adapter)) return "cpu";
  return fasterDevice((kind) => trial(workshop, beginning, kind), beginning.settings.batch);
}

/**
 * Never throws: what fails at a trial is no device to train on, and the CPU always is one.
 * @param {(kind: DeviceKind) => Promise<Trial>} open
 * @param {number} batch
 * @param {number} [patience] ms
 * @returns {Promise<DeviceKind>}
 */
export async function fasterDevice(open, batch, patience = PATIENCE) {
  const onGraphics = await timed(open, "webgpu", async ({ time }) => {
    const few = Math.min(FEW, batch);
    const small = await within(patience, time(few));
    if (small * (batch / few) > LONGEST) return Infinity;
    return few === batch ? small : within(patience, time(batch));
  });
  if (onGraphics === Infinity) return "cpu";
  // Two steps and what surrounds them; later the answer would be the same.
  const limit = 4 * onGraphics + 1_000;
  const onCpu = await timed(open, "cpu", ({ time }) => within(limit, time(batch)));
  return onGraphics < onCpu ? "webgpu" : "cpu";
}

/**
 * Infinity where there is no time.
 * @param {(kind: DeviceKind) => Promise<Trial>} open @param {DeviceKind} kind @param {(trial: Trial) => Promise<number>} work
 */
async function timed(open, kind, work) {
  /** @type {Trial | undefined} */
  let opened;
  try {
    opened = await open(kind);
    return await work(opened);
  } catch {
    return Infinity;
  } finally {
    opened?.close();
  }
}

/**
 * @param {import("../workshop.js").Workshop} workshop @param {import("./run.js").Beginning} beginning @param {DeviceKind} kind
 * @returns {Promise<Trial>}
 */
async function trial(workshop, { settings, model, features, pictures }, kind) {
  const worker = await workshop.open(kind, model, model.first);
  return {
    close: () => worker.close(),
    async time(batch) {
      await worker.ask("train", { ...settings, batch }, "nothing", [], features, pictures);
      return worker.ask("timeStep");
    },
  };
}
