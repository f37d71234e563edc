// A video of pictures that are made and encoded a few at a time.
import { Encoding, WIDTH, coding } from "./encode.js";
import { mp4 } from "./mp4.js";
import { inPortions } from "./pictures.js";
import { webm } from "./webm.js";

/** Pictures in a second. */
export const RATE = 30;

/** How this browser makes videos, where it can. */
export const videoCoding = () => coding(RATE);

/**
 * @param {import("./encode.js").Coding} coding
 * @param {import("../engine.js").Engine} engine
 * @param {Float32Array} codes one a picture
 * @param {number} latent
 * @param {(fraction: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function video(coding, engine, codes, latent, onProgress, signal) {
  const encoding = new Encoding(coding, RATE);
  try {
    await inPortions(codes, latent, async (portion, done) => {
      onProgress(done);
      const { images } = await engine.ask("decode", portion, false);
      for (const picture of images) await encoding.add(picture);
    }, signal);
    const form = { side: WIDTH, rate: RATE };
    const encoded = await encoding.finish();
    return coding.container === "mp4" ? mp4(encoded, form) : webm(encoded, form);
  } finally {
    encoding.close();
  }
}
