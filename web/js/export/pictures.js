// Pictures as files: PNG, and what every export needs.

/** Each of the network's pixels as a square of this many. */
const ENLARGED = 8;
const STRIP_ENLARGED = 2;

/**
 * Pictures in a row, enlarged. The program makes the file: some browsers add noise to what is read from a canvas.
 * @param {import("../engine.js").Engine} engine
 * @param {Uint8ClampedArray[]} images
 * @param {number} [factor]
 * @returns {Promise<Blob>}
 */
export async function png(engine, images, factor = images.length > 1 ? STRIP_ENLARGED : ENLARGED) {
  return new Blob([new Uint8Array(await engine.ask("png", images, factor))], { type: "image/png" });
}

/** @param {OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D | null} context @param {CanvasImageSource} picture @param {{ width: number, height: number }} size */
export function enlarge(context, picture, { width, height }) {
  if (!context) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, width, height);
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
