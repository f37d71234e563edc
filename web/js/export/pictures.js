// Pictures as files: PNG, and what every export needs.

const SIDE = 64;
/** Each of the network's pixels as a square of this many. */
const ENLARGED = 8;
const STRIP_ENLARGED = 2;

/** Pictures in a row, enlarged. @param {Uint8ClampedArray[]} images @param {number} [factor] @returns {Promise<Blob>} */
export async function png(images, factor = images.length > 1 ? STRIP_ENLARGED : ENLARGED) {
  const row = new OffscreenCanvas(SIDE * images.length, SIDE);
  const context = row.getContext("2d");
  images.forEach((pixels, index) => context?.putImageData(new ImageData(new Uint8ClampedArray(pixels), SIDE, SIDE), SIDE * index, 0));
  const large = new OffscreenCanvas(row.width * factor, row.height * factor);
  enlarge(large.getContext("2d"), row, large);
  return large.convertToBlob({ type: "image/png" });
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
