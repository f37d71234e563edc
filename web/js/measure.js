// Which device is faster here: the same drawn outfit, reconstructed on both. Every step on the graphics adapter has a
// limit, so that a slow one is given up soon, and it has a worker of its own, so that no photo waits for it.

/** @typedef {{ photo: Uint8Array, milliseconds: number }} CpuTime */

/** A graphics adapter may take this many times what the CPU took... */
const PATIENCE = 3;
/** ...but at least this long, in ms: opening it and compiling its shaders takes time that no photo pays again. */
const LEAST_TO_PREPARE = 20_000;
const LEAST_TO_RUN = 3_000;
const OUTFIT_SEED = 7;
/** The first run pays for things that later ones do not. */
const RUNS = 3;

/** @param {import("./remote.js").Remote} cpu @returns {Promise<CpuTime>} */
export async function timeCpu(cpu) {
  /** @type {import("./protocol.js").DrawnOutfit} */
  const { png } = await cpu.ask({ kind: "draw", seed: OUTFIT_SEED });
  return { photo: png, milliseconds: await fastest(cpu, png) };
}

/**
 * @param {import("./remote.js").Remote} graphics a fresh worker
 * @param {WebAssembly.Module} module
 * @param {import("./protocol.js").ModelFiles} model
 * @param {CpuTime} onCpu
 * @returns {Promise<number>} milliseconds
 */
export async function timeGraphics(graphics, module, model, onCpu) {
  const prepare = Math.max(LEAST_TO_PREPARE, PATIENCE * onCpu.milliseconds);
  const run = Math.max(LEAST_TO_RUN, PATIENCE * onCpu.milliseconds);
  await graphics.ask({ kind: "open", module, device: "webgpu" }, prepare);
  await graphics.ask({ kind: "load", model }, prepare);
  await graphics.ask({ kind: "reconstruct", photo: onCpu.photo }, prepare);
  const first = await timed(graphics, onCpu.photo, run);
  // One clear loss is enough: more runs would only keep a small machine busy.
  if (first > PATIENCE * onCpu.milliseconds) return first;
  return Math.min(first, await fastest(graphics, onCpu.photo, run));
}

/** @param {import("./remote.js").Remote} remote @param {Uint8Array} photo @param {number} [limit] */
async function fastest(remote, photo, limit) {
  let best = Infinity;
  for (let run = 0; run < RUNS; run++) best = Math.min(best, await timed(remote, photo, limit));
  return best;
}

/** @param {import("./remote.js").Remote} remote @param {Uint8Array} photo @param {number} [limit] */
async function timed(remote, photo, limit) {
  return (await remote.ask({ kind: "reconstruct", photo }, limit)).milliseconds;
}
