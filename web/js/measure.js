// Which device is faster here: the same drawn outfit, reconstructed on both. Every step on the graphics adapter has a
// limit, so that a slow one is given up soon, and it has a worker of its own, so that no photo waits for it.

/** @typedef {import("./remote.js").ModelWorker} ModelWorker */
/** @typedef {{ photo: Uint8Array, milliseconds: number }} CpuTime */

/** A graphics adapter may take this many times what the CPU took... */
const PATIENCE = 3;
/** ...but at least this long, in ms: opening it and compiling its shaders takes time that no photo pays again. */
const LEAST_TO_PREPARE = 20_000;
const LEAST_TO_RUN = 3_000;
const OUTFIT_SEED = 7;
/** The first run pays for things that later ones do not. */
const RUNS = 3;

/** The answer did not come within the time allowed. */
export class TooSlow extends Error {}

/** @param {ModelWorker} cpu @returns {Promise<CpuTime>} */
export async function timeCpu(cpu) {
  const { png } = await cpu.ask("drawnOutfit", OUTFIT_SEED);
  return { photo: png, milliseconds: await fastest(() => timed(cpu, png)) };
}

/**
 * @param {ModelWorker} graphics a fresh worker
 * @param {() => Promise<void>} open opens it and the model in it
 * @param {CpuTime} onCpu
 * @returns {Promise<number>} milliseconds
 */
export async function timeGraphics(graphics, open, { photo, milliseconds }) {
  const toPrepare = Math.max(LEAST_TO_PREPARE, PATIENCE * milliseconds);
  const toRun = Math.max(LEAST_TO_RUN, PATIENCE * milliseconds);
  await within(toPrepare, open());
  await within(toPrepare, graphics.ask("reconstruct", photo, true));
  const first = await within(toRun, timed(graphics, photo));
  // One clear loss is enough: more runs would only keep a small machine busy.
  if (first > PATIENCE * milliseconds) return first;
  return Math.min(first, await fastest(() => within(toRun, timed(graphics, photo))));
}

/** @param {() => Promise<number>} time */
async function fastest(time) {
  let best = Infinity;
  for (let run = 0; run < RUNS; run++) best = Math.min(best, await time());
  return best;
}

/** Of the whole photo: garments are cut out on the CPU, whichever device is timed. @param {ModelWorker} worker @param {Uint8Array} photo */
async function timed(worker, photo) {
  return (await worker.ask("reconstruct", photo, true)).milliseconds;
}

/** @template T @param {number} limit ms @param {Promise<T>} answer @returns {Promise<T>} */
export function within(limit, answer) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow(`no answer within ${limit} ms`)), limit);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
