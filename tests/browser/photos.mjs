// Photos to show: made here, so that no test needs a download; and real ones where they are at hand.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";

const shared = process.env.STYLEWALK_SHARED || fileURLToPath(new URL("../../../shared", import.meta.url));
const folder = join(shared, "data/photos");

/** @typedef {import("./visit.mjs").PhotoFile} PhotoFile */

/** Why tests of real photographs are skipped where there are none. */
export const ABSENT = "needs photographs: put them into ../shared/data/photos, or set STYLEWALK_SHARED";

/** @param {string} name @returns {string | undefined} its path */
export function real(name) {
  const path = join(folder, name);
  return existsSync(path) ? path : undefined;
}

/** @returns {Promise<string[]>} paths of whole photographs, the odd ones left out */
export async function realPhotos() {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[0-9a-f-]{36}\.jpg$/.test(name)).sort().map((name) => join(folder, name));
}

/**
 * A T-shirt on a background, drawn by the browser: sleeves of two colours, so that turning and mirroring show.
 * @param {import("playwright-core").Page} page
 * @param {{ width: number, height: number, type: string }} form
 * @returns {Promise<PhotoFile>}
 */
export async function drawn(page, { width, height, type }) {
  const base64 = await page.evaluate(async ({ width, height, type }) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    /** @param {string} colour @param {number[]} box */
    const cloth = (colour, [x = 0, y = 0, w = 0, h = 0]) => {
      pen.fillStyle = colour;
      pen.fillRect(x * width, y * height, w * width, h * height);
    };
    cloth("#d8d2c4", [0, 0, 1, 1]);
    cloth("#1f4e79", [0.3, 0.2, 0.4, 0.65]);
    cloth("#c0392b", [0.12, 0.2, 0.18, 0.25]);
    cloth("#27ae60", [0.7, 0.2, 0.18, 0.25]);
    cloth("#f4d03f", [0.3, 0.5, 0.4, 0.08]);
    return canvas.toDataURL(type, 0.92).split(",")[1] ?? "";
  }, { width, height, type });
  return { name: `drawn.${type.slice(6)}`, mimeType: type, buffer: Buffer.from(base64, "base64") };
}

/** A PNG of one grey, without a browser. @param {number} width @param {number} height @param {number} [grey] @returns {PhotoFile} */
export function plain(width, height, grey = 120) {
  const rows = Buffer.alloc((1 + 3 * width) * height, grey);
  for (let row = 0; row < height; row++) rows[row * (1 + 3 * width)] = 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return { name: `plain-${width}x${height}.png`, mimeType: "image/png", buffer };
}

/** The same JPEG, its EXIF saying how the camera was held. @param {PhotoFile} jpeg @param {number} orientation 1 to 8 @returns {PhotoFile} */
export function turned(jpeg, orientation) {
  const exif = Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0", "latin1");
  exif[exif.length - 7] = orientation;
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2);
  const buffer = Buffer.concat([jpeg.buffer.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, exif, jpeg.buffer.subarray(2)]);
  return { name: `orientation-${orientation}.jpg`, mimeType: "image/jpeg", buffer };
}

/** A 64x64 RGBA picture a quarter turn clockwise. @param {number[]} pixels @returns {number[]} */
export function quarterTurn(pixels) {
  const out = new Array(pixels.length);
  for (let y = 0; y < 64; y++) {
    for (let x = 0; x < 64; x++) {
      for (let channel = 0; channel < 4; channel++) out[4 * (64 * x + 63 - y) + channel] = pixels[4 * (64 * y + x) + channel];
    }
  }
  return out;
}

/** The largest difference between two equally long lists. @param {number[]} a @param {number[]} b */
export function farthest(a, b) {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** @param {Buffer} bytes */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
