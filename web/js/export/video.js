// A video: pictures are made first, then played once on a canvas that the browser records. It encodes on a thread of its
// own; what it cannot encode is not offered.
import { Cancelled, enlarge, inPortions } from "./pictures.js";

const SIDE = 64;
const ENLARGED = 8;
/** Pictures in a second. */
export const RATE = 30;
const BITS = 4_000_000;
/** How much of the progress bar making the pictures takes; the rest is recording. */
const MAKING = 0.5;

/** @typedef {{ type: string, ending: string }} VideoKind */

/** @returns {VideoKind | undefined} what this browser can record */
export function videoKind() {
  if (!("MediaRecorder" in globalThis) || !("captureStream" in HTMLCanvasElement.prototype)) return undefined;
  const kinds = [
    { type: "video/webm;codecs=vp9", ending: "webm" },
    { type: "video/webm;codecs=vp8", ending: "webm" },
    { type: "video/webm", ending: "webm" },
    { type: "video/mp4", ending: "mp4" },
  ];
  return kinds.find(({ type }) => MediaRecorder.isTypeSupported(type));
}

/**
 * @param {VideoKind} kind
 * @param {import("../engine.js").Engine} engine
 * @param {Float32Array} codes one a picture
 * @param {number} latent
 * @param {(fraction: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function video(kind, engine, codes, latent, onProgress, signal) {
  /** @type {ImageBitmap[]} */
  const pictures = [];
  await inPortions(codes, latent, async (portion, done) => {
    onProgress(MAKING * done);
    const { images } = await engine.ask("decode", portion, false);
    for (const pixels of images) pictures.push(await createImageBitmap(new ImageData(new Uint8ClampedArray(pixels), SIDE, SIDE)));
  }, signal);
  return record(kind, pictures, (fraction) => onProgress(MAKING + (1 - MAKING) * fraction), signal);
}

/** @param {VideoKind} kind @param {ImageBitmap[]} pictures @param {(fraction: number) => void} onProgress @param {AbortSignal} signal */
async function record(kind, pictures, onProgress, signal) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * ENLARGED;
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(RATE), { mimeType: kind.type, videoBitsPerSecond: BITS });
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const stopped = new Promise((resolve, reject) => {
    recorder.addEventListener("stop", resolve);
    recorder.addEventListener("error", () => reject(new Error("The browser could not record the video: export a GIF instead.")));
  });
  recorder.start();
  const start = performance.now();
  for (let at = 0; at < pictures.length && !signal.aborted;) {
    const picture = pictures[at];
    if (picture) enlarge(context, picture, canvas);
    onProgress(at / pictures.length);
    await nextFrame();
    at = Math.max(at + 1, Math.floor(((performance.now() - start) * RATE) / 1000));
  }
  recorder.stop();
  await stopped;
  if (signal.aborted) throw new Cancelled();
  return new Blob(parts, { type: kind.type.split(";", 1)[0] ?? kind.type });
}

/** A timer stands in where the page is hidden and no frames come. */
function nextFrame() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 4 * (1000 / RATE));
    requestAnimationFrame(() => setTimeout(() => { clearTimeout(timer); resolve(undefined); }, 1000 / RATE / 2));
  });
}
