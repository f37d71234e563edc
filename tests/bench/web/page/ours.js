// This project: the page's networks, as crates/web/examples/benchmark.rs hands them out.
import init, { Contestant } from "/wasm/benchmark.js";

/** @param {import("./page.js").Setting} setting @returns {Promise<import("./page.js").Contestant>} */
export async function open({ device, training, card, weights }) {
  const [files] = await Promise.all([weights(), init({ module_or_path: "/wasm/benchmark_bg.wasm" })]);
  const contestant = await Contestant.open(device);
  await contestant.load(card, files, training);
  return {
    reconstruct: (pictures) => contestant.reconstruct(pictures),
    generate: (codes) => contestant.generate(codes),
    step: (pictures, codes, factors) => contestant.step(pictures, codes, factors),
  };
}
