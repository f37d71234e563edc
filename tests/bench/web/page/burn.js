// Burn as it comes: crates/workshop/examples/plain, and what `training` has of it.

/** @param {import("./page.js").Setting} setting @returns {Promise<Partial<import("./page.js").Contestant>>} */
export async function open({ training, width, weights }) {
  if (training) {
    const { default: init, Plain } = await import("/wasm/training.js");
    await init({ module_or_path: "/wasm/training_bg.wasm" });
    const trainer = await Plain.open(width, await weights());
    return { step: (pictures, codes, factors) => trainer.step(pictures, codes, factors) };
  }
  const { default: init, Contestant } = await import("/wasm/plain.js");
  const [files] = await Promise.all([weights(), init({ module_or_path: "/wasm/plain_bg.wasm" })]);
  const contestant = await Contestant.open(width, files);
  return {
    reconstruct: (pictures) => contestant.reconstruct(pictures),
    generate: (codes) => contestant.generate(codes),
  };
}
