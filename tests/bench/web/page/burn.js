// Burn as it comes: crates/web/examples/plain.
import init, { Contestant } from "/wasm/plain.js";

/** @param {import("./page.js").Setting} setting @returns {Promise<import("./page.js").Contestant>} */
export async function open({ training, width, weights }) {
  const [files] = await Promise.all([weights(), init({ module_or_path: "/wasm/plain_bg.wasm" })]);
  const contestant = await Contestant.open(width, files, training);
  return {
    reconstruct: (pictures) => contestant.reconstruct(pictures),
    generate: (codes) => contestant.generate(codes),
    step: (pictures, codes, factors) => contestant.step(pictures, codes, factors),
  };
}
