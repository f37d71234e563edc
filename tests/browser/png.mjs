// Reads the program's PNG files where there is no browser to do it: 8-bit RGB, not interlaced.
import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";

const HEADER = 8;

/** @param {Buffer} file @returns {{ width: number, height: number, rgb: number[] }} */
export function pixels(file) {
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  assert.deepEqual([...file.subarray(24, 29)], [8, 2, 0, 0, 0], "8-bit RGB, not interlaced");
  const packed = [];
  for (let at = HEADER; at < file.length;) {
    const length = file.readUInt32BE(at);
    if (file.toString("latin1", at + 4, at + 8) === "IDAT") packed.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return { width, height, rgb: unfiltered(inflateSync(Buffer.concat(packed)), 3 * width, height) };
}

/** Undoes each row's filter. @param {Buffer} rows @param {number} stride @param {number} height */
function unfiltered(rows, stride, height) {
  /** @type {number[]} */
  const out = [];
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const filter = rows[start] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x < 3 ? 0 : out[out.length - 3] ?? 0;
      const above = y === 0 ? 0 : out[out.length - stride] ?? 0;
      const corner = x < 3 || y === 0 ? 0 : out[out.length - stride - 3] ?? 0;
      out.push(((rows[start + 1 + x] ?? 0) + predicted(filter, left, above, corner)) & 255);
    }
  }
  return out;
}

/** @param {number} filter @param {number} left @param {number} above @param {number} corner */
function predicted(filter, left, above, corner) {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(guess - value));
  const nearest = Number(a) <= Number(b) && Number(a) <= Number(c) ? left : Number(b) <= Number(c) ? above : corner;
  return [0, left, above, (left + above) >> 1, nearest][filter] ?? 0;
}
