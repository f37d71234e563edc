// The viewer for other pages: a model that answers from a worker. What it offers is written down in stylewalk.d.ts.
import { VIEWER, fetchModel, fetchProgram } from "../js/download.js";
import { Engine } from "../js/engine.js";
import { imageOf } from "../js/side.js";
import { whole } from "../js/status.js";

/** @typedef {import("./stylewalk.d.ts").Model} Api */
/** @typedef {import("./stylewalk.d.ts").Codes} Codes */
/** @typedef {import("../js/worker.js").Requests} Requests */

/** Pictures, or steps, that are asked for at once. */
const MOST = 1024;
const DEVICES = ["auto", "cpu", "webgpu"];

/** For all models of a page. @type {Promise<WebAssembly.Module> | undefined} none after a failure */
let program;

/** @type {typeof import("./stylewalk.d.ts").load} */
export const load = async (url, { device = "auto", signal } = {}) => {
  if (!DEVICES.includes(device)) throw new Error(`${device} is not a device: use auto, webgpu or cpu.`);
  signal?.throwIfAborted();
  program ??= fetchProgram(VIEWER, () => {}).catch((error) => {
    program = undefined;
    throw error;
  });
  const model = fetchModel(directory(url), () => {}, "default", signal);
  // At once, not only when the program is here. Whoever needs what is missing hears of the failure.
  model.then((model) => Promise.all(model.first.map((name) => model.file(name)))).catch(() => {});
  const engine = new Engine(program, model, { device() {}, failed: console.warn, missing() {}, came() {} });
  const started = engine.start(device);
  try {
    await (signal ? Promise.race([started, aborted(signal)]) : started);
  } catch (error) {
    started.then(() => engine.close(), () => {});
    throw signal?.aborted ? signal.reason : told(error);
  }
  if (device === "auto") void engine.chooseByMeasuring();
  return new Model(engine, (await model).card.networks.latent);
};

/** @implements {Api} */
class Model {
  #engine;
  #closed = false;
  latent;

  /** @param {Engine} engine @param {number} latent */
  constructor(engine, latent) {
    this.#engine = engine;
    this.latent = latent;
  }

  get device() {
    return this.#engine.kind;
  }

  /** @param {Blob} photo */
  async reconstruct(photo) {
    const { original, reconstruction, latent, psnr, cutOut } = await this.#ask("reconstruct", await bytes(photo), false);
    return { original: picture(original), reconstruction: picture(reconstruction), code: latent, psnr, cutOut };
  }

  /** @param {Blob} photo */
  async encode(photo) {
    return (await this.#ask("embed", await bytes(photo), false)).code;
  }

  /** @param {Codes} codes */
  async decode(codes) {
    return (await this.#pictures(joined(codes))).map(({ picture }) => picture);
  }

  /** @param {number} count @param {{ seed?: number }} [options] */
  async sample(count, { seed = Math.floor(Math.random() * 2 ** 32) } = {}) {
    check("number of pictures", count, 1, MOST);
    check("seed", seed, 0, 2 ** 32 - 1);
    const likePhotographs = await this.#engine.bring("codes");
    return this.#each(await this.#ask("sample", seed, count, likePhotographs));
  }

  /** @param {Codes} codes @param {number} steps */
  async walk(codes, steps) {
    check("number of steps", steps, 1, MOST);
    const how = /** @type {const} */ ({ interpolation: "straight", easing: "even", closed: false });
    return this.#pictures(await this.#ask("walk", { ...how, stops: joined(codes), latent: this.latent, steps }));
  }

  async close() {
    this.#closed = true;
    this.#engine.close();
  }

  /** @param {Float32Array} codes */
  async #pictures(codes) {
    return this.#each(await this.#ask("decode", codes, false));
  }

  /** @param {import("../js/protocol.js").Samples} samples */
  #each({ images, codes }) {
    return images.map((pixels, index) => ({ code: codes.slice(index * this.latent, (index + 1) * this.latent), picture: picture(pixels) }));
  }

  /**
   * @template {keyof Requests & string} Name
   * @param {Name} name
   * @param {Parameters<Requests[Name]>} args
   */
  async #ask(name, ...args) {
    try {
      if (!this.#closed) return await this.#engine.ask(name, ...args);
    } catch (error) {
      if (!this.#closed) throw told(error);
    }
    throw new Error("This model was closed: load it again.");
  }
}

/** @param {string | URL} url @returns {URL} with a slash at its end */
function directory(url) {
  if (!URL.canParse(url, document.baseURI)) throw new Error(`${url} is not an address: name the directory of a model.`);
  const directory = new URL(url, document.baseURI);
  if (!directory.pathname.endsWith("/")) directory.pathname += "/";
  return directory;
}

/** @param {AbortSignal} signal @returns {Promise<never>} */
function aborted(signal) {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** @param {Blob} photo */
async function bytes(photo) {
  if (!(photo instanceof Blob)) throw new Error("A photo is a Blob or a File: give it as one.");
  try {
    return new Uint8Array(await photo.arrayBuffer());
  } catch (error) {
    throw new Error(`The photo could not be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Codes one after the other. @param {Codes} codes */
function joined(codes) {
  return codes instanceof Float32Array ? codes : Float32Array.from(codes.flatMap((code) => [...code]));
}

/** @param {string} name @param {number} value @param {number} least @param {number} most */
function check(name, value, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) throw new Error(`The ${name} is ${value}: give a whole number from ${least} to ${most}.`);
}

/** @param {Uint8ClampedArray} pixels RGBA */
function picture(pixels) {
  return imageOf(pixels);
}

/** @param {unknown} error */
function told(error) {
  return new Error(whole(error instanceof Error ? error.message : String(error)), { cause: error });
}
