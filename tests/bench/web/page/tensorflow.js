// TensorFlow.js on WebGPU: the same layers and weights, from the same files.
import { Discriminator, Encoder, Generator, LATENT } from "./tensorflow-networks.js";
import { Training } from "./tensorflow-training.js";
import { tensors } from "./safetensors.js";

/** Its bundles put themselves into the global `tf`. @param {string} source */
function script(source) {
  return new Promise((loaded, failed) => {
    const element = Object.assign(document.createElement("script"), { src: source });
    element.onload = loaded;
    element.onerror = () => failed(new Error(`${source} could not be loaded`));
    document.head.append(element);
  });
}

async function library() {
  await script("/tfjs/tfjs/dist/tf.es2017.min.js");
  await script("/tfjs/tfjs-backend-webgpu/dist/tf-backend-webgpu.es2017.min.js");
  // TensorFlow.js's own types would have to be installed for every check of this folder.
  const { tf } = /** @type {any} */ (globalThis);
  if (!await tf.setBackend("webgpu")) throw new Error("TensorFlow.js found no WebGPU");
  await tf.ready();
  return tf;
}

/** @param {import("./page.js").Setting} setting @returns {Promise<Partial<import("./page.js").Contestant>>} */
export async function open({ training, width, weights }) {
  const [tf, files] = await Promise.all([library(), weights()]);
  const [ofGenerator, ofEncoder, ofDiscriminator] = files.map(([, file]) => tensors(file));
  if (!ofGenerator || !ofEncoder || !ofDiscriminator) throw new Error("the weights are missing");
  const generator = new Generator(tf, width, ofGenerator, training);
  const encoder = new Encoder(tf, width, ofEncoder, training);
  const discriminator = new Discriminator(tf, width, ofDiscriminator, training);
  const trained = training ? new Training(tf, { generator, encoder, discriminator }) : undefined;

  /** @param {() => any} compute a tensor's computation @returns {Promise<Float32Array>} */
  async function read(compute) {
    const tensor = tf.tidy(compute);
    const values = await tensor.data();
    tensor.dispose();
    return values;
  }
  /** @param {Float32Array} values */
  const images = (values) => tf.tensor4d(values, [values.length / (64 * 64 * 3), 64, 64, 3]);
  /** @param {Float32Array} values */
  const rows = (values) => tf.tensor2d(values, [values.length / LATENT, LATENT]);
  return {
    channelsLast: true,
    reconstruct: (pictures) => read(() => generator.forward(encoder.forward(images(pictures)))),
    generate: (codes) => read(() => generator.forward(rows(codes))),
    ...trained && { step: (pictures, codes, factors) => trained.step(images(pictures), rows(codes), factors) },
  };
}
