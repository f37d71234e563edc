// G, E and D of figures 1 to 3 in TensorFlow.js: channels last, as it computes them, from weights in PyTorch's layout.

/** @typedef {import("./safetensors.js").Stored} Stored */
/** The statistics that a batch norm divides by. @typedef {"running" | "batch" | "record"} Statistics */

export const LATENT = 100;
const LEAK = 0.2;
const EPSILON = 1e-5;
const MOMENTUM = 0.03;

/** Layers and their weights; variables where they are to be trained. */
class Network {
  /**
   * @param {any} tf
   * @param {number} width
   * @param {Record<string, Stored>} stored
   * @param {boolean} training
   */
  constructor(tf, width, stored, training) {
    this.tf = tf;
    this.width = width;
    /** @type {Record<string, any>} */ this.weights = {};
    for (const [name, { shape, values }] of Object.entries(stored)) {
      const tensor = tf.tidy(() => this.laidOut(name, tf.tensor(values, shape)));
      this.weights[name] = training ? tf.variable(tensor, !name.includes("running_")) : tensor;
      if (training) tensor.dispose();
    }
  }

  /** What the optimizer moves. @returns {any[]} */
  get parameters() {
    return Object.entries(this.weights).filter(([name]) => !name.includes("running_")).map(([, variable]) => variable);
  }

  /** A tensor as this library wants it; networks say more where pictures are flattened. @param {string} _name @param {any} tensor */
  laidOut(_name, tensor) {
    // [out, in, k, k] to [k, k, in, out]; of transposed ones, [in, out, k, k] to [k, k, out, in]; matrices to [in, out].
    return tensor.rank === 4 ? tensor.transpose([2, 3, 1, 0]) : tensor.rank === 2 ? tensor.transpose() : tensor;
  }

  /** Stride 2, padded so that an even side halves. @param {string} layer @param {any} x */
  halve(layer, x) {
    const filter = this.weights[`${layer}.weight`];
    const pad = (filter.shape[0] - 1) / 2;
    const bias = this.weights[`${layer}.bias`];
    return this.tf.fused.conv2d({ x, filter, strides: 2, pad, dimRoundingMode: "floor", bias });
  }

  /** Stride 2, to twice the side. @param {string} layer @param {any} x */
  double(layer, x) {
    const filter = this.weights[`${layer}.weight`];
    const [batch, height, width] = x.shape;
    const shape = [batch, 2 * height, 2 * width, filter.shape[2]];
    const pad = (filter.shape[0] - 1) / 2;
    return this.tf.conv2dTranspose(x, filter, shape, 2, pad, "floor").add(this.weights[`${layer}.bias`]);
  }

  /** @param {string} layer @param {any} x `[batch, in]` */
  linear(layer, x) {
    return this.tf.matMul(x, this.weights[`${layer}.weight`]).add(this.weights[`${layer}.bias`]);
  }

  /** @param {any} x */
  leaky(x) {
    return this.tf.leakyRelu(x, LEAK);
  }

  /** Batch norm, then leaky ReLU. @param {string} layer @param {any} x @param {Statistics} statistics */
  normLeaky(layer, x, statistics) {
    const [gamma, beta] = [this.weights[`${layer}.weight`], this.weights[`${layer}.bias`]];
    let [mean, variance] = [this.weights[`${layer}.running_mean`], this.weights[`${layer}.running_var`]];
    if (statistics !== "running") {
      const [oldMean, oldVariance] = [mean, variance];
      ({ mean, variance } = this.tf.moments(x, [...x.shape.keys()].slice(0, -1)));
      if (statistics === "record") {
        this.#record(oldMean, mean);
        this.#record(oldVariance, variance);
      }
    }
    return this.leaky(this.tf.batchNorm(x, mean, variance, beta, gamma, EPSILON));
  }

  /** @param {any} running a variable @param {any} batch */
  #record(running, batch) {
    running.assign(this.tf.tidy(() => running.mul(1 - MOMENTUM).add(batch.mul(MOMENTUM))));
  }

  /** Four convolutions to `[batch, 4, 4, 8 width]`. @param {any} x @param {Statistics} statistics */
  pictures(x, statistics) {
    let y = this.leaky(this.halve("conv1", x));
    for (const layer of [2, 3, 4]) y = this.normLeaky(`bn${layer}`, this.halve(`conv${layer}`, y), statistics);
    return y;
  }

  /** The matrix of a layer that reads a flattened map, for channels last. @param {any} matrix `[out, channels * side^2]` @param {number} side */
  matrix(matrix, side) {
    const [outputs, inputs] = matrix.shape;
    return matrix.reshape([outputs, inputs / side ** 2, side, side]).transpose([2, 3, 1, 0]).reshape([inputs, outputs]);
  }
}

export class Generator extends Network {
  /** @override @param {string} name @param {any} tensor */
  laidOut(name, tensor) {
    const [channels, latent] = [8 * this.width, LATENT];
    if (name === "fc.weight") return tensor.reshape([channels, 16, latent]).transpose([2, 1, 0]).reshape([latent, 16 * channels]);
    if (name === "fc.bias") return tensor.reshape([channels, 16]).transpose([1, 0]).reshape([16 * channels]);
    return super.laidOut(name, tensor);
  }

  /** `[batch, LATENT]` to `[batch, 64, 64, 3]`. @param {any} z @param {Statistics} [statistics] */
  forward(z, statistics = "running") {
    let x = this.linear("fc", z).reshape([z.shape[0], 4, 4, 8 * this.width]);
    for (const layer of [1, 2, 3, 4]) x = this.double(`deconv${layer}`, this.normLeaky(`bn${layer - 1}`, x, statistics));
    return this.tf.tanh(x);
  }
}

export class Encoder extends Network {
  /** @override @param {string} name @param {any} tensor */
  laidOut(name, tensor) {
    return name === "fc1.weight" ? this.matrix(tensor, 4) : super.laidOut(name, tensor);
  }

  /** `[batch, 64, 64, 3]` to `[batch, LATENT]`. @param {any} x @param {Statistics} [statistics] */
  forward(x, statistics = "running") {
    const flat = this.pictures(x, statistics).reshape([x.shape[0], 128 * this.width]);
    return this.linear("fc2", this.normLeaky("bn5", this.linear("fc1", flat), statistics));
  }
}

export class Discriminator extends Network {
  /** @override @param {string} name @param {any} tensor */
  laidOut(name, tensor) {
    if (name !== "fc1.weight") return super.laidOut(name, tensor);
    const [ofPicture, ofCode] = this.tf.split(tensor, [32 * this.width, 4 * this.width], 1);
    return this.tf.concat([this.matrix(ofPicture, 2), ofCode.transpose()], 0);
  }

  /** Pairs to logits `[batch, 1]`, in training. @param {any} x @param {any} z @param {any[]} masks @param {Statistics} statistics */
  judge(x, z, masks, statistics) {
    const map = this.normLeaky("bn5", this.halve("conv5", this.pictures(x, statistics)), statistics);
    let code = this.leaky(this.linear("z1", z)).mul(masks[0]);
    code = this.leaky(this.linear("z2", code)).mul(masks[1]);
    const pair = this.tf.concat([map.reshape([x.shape[0], 32 * this.width]), code], 1);
    const joint = this.leaky(this.linear("fc2", this.leaky(this.linear("fc1", pair)))).mul(masks[2]);
    return this.linear("fc3", joint);
  }
}
