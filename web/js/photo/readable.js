// Photos of kinds that the program does not decode itself: what this browser can show (AVIF, GIF, BMP, HEIC where the system
// knows it) comes in as pixels.
import { knowsPhoto, plainPhoto } from "../../wasm/viewer.js";

/** Pixels of the longer side at most: canvases have limits, and the networks see 64. */
const LONGEST = 4096;

/**
 * The photo as a file that the program decodes, or as it is where the browser cannot read it either: the program has a
 * sentence for it.
 * @param {Uint8Array} photo the file's bytes
 * @returns {Promise<Uint8Array>}
 */
export async function readable(photo) {
  if (knowsPhoto(photo)) return photo;
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(photo)])).catch(() => undefined);
  if (!bitmap) return photo;
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const pen = new OffscreenCanvas(width ?? 1, height ?? 1).getContext("2d", { willReadFrequently: true });
  if (!pen) return photo;
  // Transparency lies on white, as in what the program decodes.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, pen.canvas.width, pen.canvas.height);
  bitmap.close();
  const { data } = pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);
  return plainPhoto(data, pen.canvas.width, pen.canvas.height);
}
