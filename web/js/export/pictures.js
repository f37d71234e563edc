// Pictures as files: PNG, and what every export needs.

/** Each of the network's pixels as a square of this many. */
const ENLARGED = 8;
const STRIP_ENLARGED = 2;

/**
 * Pictures in rows, enlarged. The program makes the file: some browsers add noise to what is read from a canvas.
 * @param {import("../engine.js").Engine} engine
 * @param {Uint8ClampedArray[]} images RGBA
 * @param {number} [factor]
 * @param {number} [columns] all of them side by side if left out
 * @returns {Promise<Blob>}
 */
export async function png(engine, images, factor = images.length > 1 ? STRIP_ENLARGED : ENLARGED, columns = images.length) {
  return new Blob([new Uint8Array(await engine.ask("png", images, factor, columns))], { type: "image/png" });
}

/** The visitor has cancelled the export. */
export class Cancelled extends Error {}

/**
 * Codes in portions, each after the last is done; stops when `signal` is aborted.
 * @param {Float32Array} codes
 * @param {number} latent
 * @param {(portion: Float32Array, done: number) => Promise<void>} act
 * @param {AbortSignal} signal
 */
export async function inPortions(codes, latent, act, signal) {
  const portion = 4 * latent;
  for (let at = 0; at < codes.length; at += portion) {
    if (signal.aborted) throw new Cancelled();
    await act(codes.subarray(at, at + portion), at / codes.length);
  }
  if (signal.aborted) throw new Cancelled();
}
