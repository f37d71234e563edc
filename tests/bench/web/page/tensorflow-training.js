// One training step in TensorFlow.js: D, then G and E with L_AD and L_AE, as crates/bigan/src/trainer/mod.rs documents it.

const [RATE, BETA1, BETA2, EPSILON] = [2e-4, 0.5, 0.999, 1e-8];
const GAMMA = 0.05;
const REAL_LABEL = 0.9;
const ADVERSARIAL_LATENT = 2.5;
const AUTOENCODER = 1;

export class Training {
  /**
   * @param {any} tf
   * @param {{ generator: any, encoder: any, discriminator: any }} networks
   */
  constructor(tf, networks) {
    this.tf = tf;
    this.networks = networks;
    this.discriminatorAdam = tf.train.adam(RATE, BETA1, BETA2, EPSILON);
    this.generatorEncoderAdam = tf.train.adam(RATE, BETA1, BETA2, EPSILON);
  }

  /**
   * Moves all three networks. Takes `x` and `z` and disposes of them.
   * @param {any} x `[batch, 64, 64, 3]` @param {any} z `[batch, latent]` @param {Float32Array} factors
   * @returns {Promise<number[]>} D's loss and that of G and E
   */
  async step(x, z, factors) {
    const { tf, networks: { generator, encoder } } = this;
    const looks = this.#looks(factors, x.shape[0]);
    /** @type {any} */ let discriminatorLoss;
    // One forward pass of G and E serves both phases, so D's phase happens inside the function that is differentiated.
    const { value: total, grads } = tf.variableGrads(() => {
      const encoded = encoder.forward(x, "record");
      const [generated, reconstruction] = tf.split(generator.forward(tf.concat([z, encoded]), "record"), 2);
      discriminatorLoss = this.#moveDiscriminator({ x, z, encoded, generated }, looks);
      return this.#objective({ x, z, encoded, generated, reconstruction }, looks);
    }, [...generator.parameters, ...encoder.parameters]);
    this.generatorEncoderAdam.applyGradients(grads);
    const losses = tf.concat([discriminatorLoss.reshape([1]), total.reshape([1])]);
    const values = await losses.data();
    tf.dispose([x, z, looks, discriminatorLoss, total, grads, losses]);
    return [...values];
  }

  /** D's phase. @param {Record<string, any>} pass @param {any[][]} looks */
  #moveDiscriminator({ x, z, encoded, generated }, looks) {
    const { tf, networks: { discriminator } } = this;
    const { value, grads } = tf.variableGrads(() => {
      const real = discriminator.judge(x, encoded, looks[0], "record");
      const fake = discriminator.judge(generated, z, looks[1], "record");
      return this.#crossEntropy(real, REAL_LABEL).add(this.#crossEntropy(fake, 0));
    }, discriminator.parameters);
    this.discriminatorAdam.applyGradients(grads);
    tf.dispose(grads);
    return tf.keep(value);
  }

  /** What G and E minimise. @param {Record<string, any>} pass @param {any[][]} looks */
  #objective({ x, z, encoded, generated, reconstruction }, looks) {
    const { discriminator, encoder } = this.networks;
    const real = discriminator.judge(x, encoded, looks[2], "batch");
    const fake = discriminator.judge(generated, z, looks[3], "batch");
    const again = encoder.forward(generated, "batch");
    return this.#crossEntropy(real, 0).add(this.#crossEntropy(fake, 1))
      .add(this.#pseudoHuber(z.sub(again)).mul(ADVERSARIAL_LATENT))
      .add(this.#pseudoHuber(x.sub(reconstruction)).mul(AUTOENCODER));
  }

  /** Dropout factors of D's four looks, three layers each. @param {Float32Array} factors @param {number} batch */
  #looks(factors, batch) {
    const { width } = this.networks.discriminator;
    let start = 0;
    return Array.from({ length: 4 }, () => [4, 4, 8].map((multiple) => {
      const shape = [batch, multiple * width];
      const values = factors.subarray(start, start += batch * multiple * width);
      return this.tf.tensor2d(values, shape);
    }));
  }

  /** @param {any} logits @param {number} label */
  #crossEntropy(logits, label) {
    return this.tf.softplus(logits).sub(logits.mul(label)).mean();
  }

  /** @param {any} difference */
  #pseudoHuber(difference) {
    return difference.div(GAMMA).square().add(1).sqrt().sub(1).mul(GAMMA).mean();
  }
}
