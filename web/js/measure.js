// Which device is faster here: the same drawn outfit, reconstructed on both. Every step on the graphics adapter has a
// limit, so that a slow one is given up soon, and it has a worker of its own, so that no photo waits for it. One whose
// picture is not the CPU's is not used, however fast it is: drivers have faults.

/** @typedef {import("./remote.js").ModelWorker} ModelWorker */
/** @typedef {{ photo: Uint8Array, picture: Uint8ClampedArray, milliseconds: number }} CpuTime `picture` is what the CPU made of the photo */

/** A graphics adapter may take this many times what the CPU took... */
const PATIENCE = 3;
/** ...but at least this long, in ms: opening it and compiling its shaders takes time that no photo pays again. */
const LEAST_TO_PREPARE = 20_000;
const LEAST_TO_RUN = 3_000;
const OUTFIT_SEED = 7;
/** Steps of 255 that no two devices differ by which sum in different orders. */
const APART = 8;
/** The first run pays for things that later ones do not. */
const RUNS = 3;

/** The answer did not come within the time allowed. */
export class TooSlow extends Error {}

/** @param {ModelWorker} cpu @returns {Promise<CpuTime>} */
export async function timeCpu(cpu) {
  const { png } = await cpu.ask("drawnOutfit", OUTFIT_SEED);
  const { reconstruction } = await cpu.ask("reconstruct", png, true);
  return { photo: png, picture: reconstruction, milliseconds: await fastest(() => timed(cpu, png)) };
}

/**
 * @param {ModelWorker} graphics a fresh worker
 * @param {() => Promise<void>} open opens it and the model in it
 * @param {CpuTime} onCpu
 * @returns {Promise<number>} milliseconds
 * @throws where it is too slow, or its picture is another
 */
export async function timeGraphics(graphics, open, { photo, picture, milliseconds }) {
  const toPrepare = Math.max(LEAST_TO_PREPARE, PATIENCE * milliseconds);
  const toRun = Math.max(LEAST_TO_RUN, PATIENCE * milliseconds);
  await within(toPrepare, open());
  const { reconstruction } = await within(toPrepare, graphics.ask("reconstruct", photo, true));
  if (reconstruction.some((value, at) => Math.abs(value - (picture[at] ?? 0)) > APART)) throw new Error("its picture is not the CPU\u2019s");
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
