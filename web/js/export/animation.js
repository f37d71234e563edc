// An animated GIF, made in the worker a few pictures at a time.
import { inPortions } from "./pictures.js";

/** Time of one picture in hundredths of a second: GIF knows no finer, and players slow anything faster down. */
export const DELAY = 6;
const ENLARGED = 4;

/**
 * @param {import("../engine.js").Engine} engine
 * @param {Float32Array} codes one a picture
 * @param {number} latent
 * @param {(fraction: number) => void} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function gif(engine, codes, latent, onProgress, signal) {
  await engine.ask("gifBegin", (await engine.model).side, ENLARGED, DELAY);
  try {
    await inPortions(codes, latent, async (portion, done) => {
      onProgress(done);
      await engine.ask("gifAdd", portion);
    }, signal);
    const bytes = await engine.ask("gifFinish");
    return new Blob([new Uint8Array(bytes)], { type: "image/gif" });
  } finally {
    await engine.ask("gifForget");
  }
}
