// Pictures as files: PNG, and what every export needs. No canvas takes part: browsers that hide who somebody is spoil what is
// read from one.
import { crc32 } from "../crc32.js";

const SIDE = 64;
/** Each of the network's pixels as a square of this many. */
const ENLARGED = 8;
const STRIP_ENLARGED = 2;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Of a file: bits of a channel, red with green and blue, and the one way each to compress, filter and order rows. */
const FORM = [8, 2, 0, 0, 0];

/** Pictures in rows, enlarged. @param {Uint8ClampedArray[]} images RGBA @param {number} [factor] @param {number} [columns] all of them side by side if left out @returns {Promise<Blob>} */
export async function png(images, factor = images.length > 1 ? STRIP_ENLARGED : ENLARGED, columns = images.length) {
  const [width, height] = [SIDE * columns * factor, SIDE * Math.ceil(images.length / columns) * factor];
  const size = new DataView(new ArrayBuffer(8));
  size.setUint32(0, width);
  size.setUint32(4, height);
  const rows = await deflated(rowsOf(images, factor, columns, width, height));
  const head = Uint8Array.of(...new Uint8Array(size.buffer), ...FORM);
  return new Blob([SIGNATURE, chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", new Uint8Array())], { type: "image/png" });
}

/** A byte for its filter, none, before each row of red, green and blue. @param {Uint8ClampedArray[]} images @param {number} factor @param {number} columns @param {number} width @param {number} height */
function rowsOf(images, factor, columns, width, height) {
  const stride = 1 + 3 * width;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const start = y * stride;
    // Each row of the network's pixels is there several times.
    if (y % factor > 0) {
      rows.copyWithin(start, start - stride, start);
      continue;
    }
    const row = y / factor;
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / factor);
      const image = images[Math.floor(row / SIDE) * columns + Math.floor(column / SIDE)];
      const at = 4 * ((row % SIDE) * SIDE + (column % SIDE));
      for (let channel = 0; channel < 3; channel++) rows[start + 1 + 3 * x + channel] = image?.[at + channel] ?? 0;
    }
  }
  return rows;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function deflated(bytes) {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** @param {string} name @param {Uint8Array} content */
function chunk(name, content) {
  const view = new DataView(new ArrayBuffer(12 + content.length));
  const bytes = new Uint8Array(view.buffer);
  view.setUint32(0, content.length);
  bytes.set(Uint8Array.from(name, (letter) => letter.charCodeAt(0)), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
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
