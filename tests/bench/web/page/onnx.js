// onnxruntime-web with the models that `stylewalk export --format onnx` writes: WebGPU, or wasm on one thread.

const LATENT = 100;

/** @param {import("./page.js").Setting} setting @returns {Promise<Partial<import("./page.js").Contestant>>} */
export async function open({ device, purpose }) {
  const webgpu = device === "webgpu";
  // Each in the build that its makers offer for it.
  const ort = webgpu ? await import("/ort/ort.webgpu.bundle.min.mjs") : await import("/ort/ort.wasm.bundle.min.mjs");
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/ort/";
  // The page's own first picture waits for E and G alone.
  const [folder, names] = purpose === "first" ? ["/first-onnx", ["encoder", "generator"]] : ["/onnx", ["encoder", "generator", "discriminator"]];
  // Sessions are made one after the other: the runtime allows no other way. The files come at once.
  const files = await Promise.all(names.map(async (name) => new Uint8Array(await (await fetch(`${folder}/${name}.onnx`)).arrayBuffer())));
  const sessions = [];
  for (const [index, file] of files.entries()) {
    sessions.push(await ort.InferenceSession.create(file, {
      executionProviders: [webgpu ? "webgpu" : "wasm"],
      // The code between E and G stays where it is.
      preferredOutputLocation: webgpu && names[index] === "encoder" ? "gpu-buffer" : "cpu",
    }));
  }
  const [encoder, generator] = sessions;
  if (!encoder || !generator) throw new Error("the models are missing");

  /** @param {import("onnxruntime-web").Tensor} z */
  async function pictures(z) {
    const { x } = await generator?.run({ z }) ?? {};
    return /** @type {Float32Array} */ (x?.data);
  }
  return {
    async reconstruct(values) {
      const x = new ort.Tensor("float32", values, [values.length / (3 * 64 * 64), 3, 64, 64]);
      const { z } = await encoder.run({ x });
      if (!z) throw new Error("E returned nothing");
      const made = await pictures(z);
      z.dispose();
      return made;
    },
    generate: (values) => pictures(new ort.Tensor("float32", values, [values.length / LATENT, LATENT])),
  };
}
