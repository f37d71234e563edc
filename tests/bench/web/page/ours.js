// This project: its networks and its trainer, as the examples of crates/viewer and crates/workshop hand them out.

/** @param {import("./page.js").Setting} setting @returns {Promise<Partial<import("./page.js").Contestant>>} */
export async function open({ device, training, card, weights }) {
  if (training) {
    const { default: init, Ours } = await import("/wasm/training.js");
    await init({ module_or_path: "/wasm/training_bg.wasm" });
    const trainer = await Ours.open(device, card, await weights());
    return { step: (pictures, codes, factors) => trainer.step(pictures, codes, factors) };
  }
  const { default: init, Contestant } = await import("/wasm/benchmark.js");
  const files = weights();
  await init({ module_or_path: "/wasm/benchmark_bg.wasm" });
  const contestant = await Contestant.open(device);
  contestant.prepare(card);
  await contestant.load(card, await files);
  return {
    reconstruct: (pictures) => contestant.reconstruct(pictures),
    generate: (codes) => contestant.generate(codes),
  };
}
