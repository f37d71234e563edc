// Which device answers: opens workers, measures in `auto`, and falls back to the CPU when a graphics device fails.
import { Remote, WorkerGone } from "./remote.js";
import { timeCpu, timeGraphics } from "./measure.js";
import * as why from "./why.js";

/** @typedef {import("./protocol.js").DeviceKind} DeviceKind */

/**
 * What the page is told. `failed` carries a sentence for `status`.
 * @typedef {object} Listener
 * @property {(kind: DeviceKind, why: string) => void} device
 * @property {(sentence: string) => void} failed
 */

export class Engine {
  #module;
  #card;
  #model;
  #listener;
  /** @type {Remote | undefined} the worker that answers */ #current;
  /** @type {Remote | undefined} the CPU's worker, kept while a graphics device answers */ #spare;
  #onGraphics = false;
  /** @type {Remote | undefined} the graphics device that was asked to tune itself */ #tuned;
  /** @type {Promise<Remote> | undefined} */ #recovery;

  /**
   * What is still being fetched is waited for where it is needed: a device opens, and compiles its shaders, meanwhile.
   * @param {Promise<WebAssembly.Module>} module
   * @param {Promise<Uint8Array>} card model.json
   * @param {Promise<import("./protocol.js").ModelFiles>} model
   * @param {Listener} listener
   */
  constructor(module, card, model, listener) {
    this.#module = module;
    this.#card = card;
    this.#model = model;
    this.#listener = listener;
  }

  /** The device that answers now. @returns {DeviceKind} */
  get kind() {
    return this.#onGraphics ? "webgpu" : "cpu";
  }

  /** The program, for workers of other kinds. @returns {Promise<WebAssembly.Module>} */
  get module() {
    return this.#module;
  }

  /** The model's files. @returns {Promise<import("./protocol.js").ModelFiles>} */
  get model() {
    return this.#model;
  }

  /** Ends the workers: another model's engine takes over. */
  close() {
    this.#current?.close();
    this.#spare?.close();
  }

  /**
   * Opens the first device: the graphics adapter only when the address asks for it, since nothing is known of it yet.
   * @param {import("./settings.js").WantedDevice} wanted
   */
  async start(wanted) {
    if (wanted === "webgpu") return this.#startGraphics();
    this.#current = await this.#openCpu();
    this.#listener.device("cpu", wanted === "cpu" ? why.CPU_WANTED : why.CPU_FIRST);
  }

  /** In `auto`: times one picture on both devices and moves to the graphics adapter if that is faster. Never throws. */
  async chooseByMeasuring() {
    const cpu = this.#current;
    if (!cpu) return;
    const adapter = await graphicsAdapter();
    if (!adapter) return this.#listener.device("cpu", why.NO_ADAPTER);
    const graphics = new Remote();
    const name = adapterName(adapter);
    try {
      const onCpu = await timeCpu(cpu);
      const milliseconds = await timeGraphics(graphics, await this.#module, await this.#model, onCpu);
      if (milliseconds < onCpu.milliseconds) return this.#moveTo(graphics, cpu, why.graphicsFaster(name, milliseconds, onCpu.milliseconds));
      this.#listener.device("cpu", why.cpuFaster(name, milliseconds, onCpu.milliseconds));
    } catch (error) {
      this.#listener.device("cpu", why.graphicsFailed(error));
    }
    graphics.close();
  }

  /**
   * @param {Uint8Array} photo the file's bytes
   * @param {import("./protocol.js").View} [view] all of it if left out
   * @returns {Promise<import("./protocol.js").Reconstruction>}
   */
  reconstruct(photo, view) {
    return this.#ask(view ? { kind: "reconstruct", photo, view } : { kind: "reconstruct", photo });
  }

  /** @param {Uint8Array} photo the file's bytes @returns {Promise<Float32Array>} its code */
  encode(photo) {
    return this.#ask({ kind: "encode", photo });
  }

  /** @param {import("./protocol.js").CodesRequest} request @returns {Promise<Float32Array>} */
  codes(request) {
    return this.#ask(request);
  }

  /** @param {import("./protocol.js").GifRequest} request @returns {Promise<Uint8Array | undefined>} */
  gif(request) {
    return this.#ask(request);
  }

  /** @param {number} seed @param {number} count @returns {Promise<import("./protocol.js").Samples>} */
  sample(seed, count) {
    return this.#ask({ kind: "sample", seed, count });
  }

  /** The pictures of codes, one after the other. @param {Float32Array} codes @param {boolean} scores whether D judges them @returns {Promise<import("./protocol.js").Samples>} */
  decode(codes, scores) {
    return this.#ask({ kind: "decode", codes, scores });
  }

  /** Draws the pictures of codes on a stage, `columns` side by side. @param {import("./stage.js").Stage} stage @param {Float32Array} codes @param {number} columns */
  async show(stage, codes, columns) {
    await this.#by((remote) => stage.drawnBy(remote, codes, columns));
  }

  /**
   * @param {Uint8ClampedArray} original the photo as the network sees it
   * @param {Float32Array} latent where to begin
   * @param {import("./protocol.js").FeaturesFiles} features
   */
  beginRefining(original, latent, features) {
    return this.#ask({ kind: "refine-begin", original, latent, features });
  }

  /** @param {number} count @returns {Promise<import("./protocol.js").Refined>} */
  refine(count) {
    return this.#ask({ kind: "refine-steps", count });
  }

  /** @param {number} seed @returns {Promise<import("./protocol.js").DrawnOutfit>} */
  draw(seed) {
    return this.#ask({ kind: "draw", seed });
  }

  /** @param {import("./protocol.js").Request} request @returns {Promise<any>} */
  #ask(request) {
    return this.#by((remote) => remote.ask(request));
  }

  /** Has the worker that answers do something; once more on the CPU where it ended meanwhile. @template T @param {(remote: Remote) => Promise<T>} work @returns {Promise<T>} */
  async #by(work) {
    const asked = this.#current;
    if (!asked) throw new Error("The program is not open yet: wait a moment.");
    try {
      const made = await work(asked);
      this.#tune(asked);
      return made;
    } catch (error) {
      if (!(error instanceof WorkerGone)) throw error;
    }
    try {
      return await work(await this.#recover(asked));
    } catch (error) {
      throw error instanceof WorkerGone ? new Error(why.cpuGone(error)) : error;
    }
  }

  /** Once it has answered, a graphics device finds out how it is fastest; before, that would keep a visitor waiting. @param {Remote} remote */
  #tune(remote) {
    if (!this.#onGraphics || this.#tuned === remote) return;
    this.#tuned = remote;
    // A device that fails at it is told of by `onGone`; any other goes on as it was.
    remote.ask({ kind: "tune" }).catch(() => {});
  }

  async #startGraphics() {
    const graphics = new Remote();
    try {
      const adapter = await graphicsAdapter();
      if (!adapter) throw new Error(why.NO_WEBGPU);
      await graphics.ask({ kind: "open", module: await this.#module, device: "webgpu" });
      await graphics.ask({ kind: "prepare", json: await this.#card });
      await graphics.ask({ kind: "load", model: await this.#model });
      this.#moveTo(graphics, undefined, why.graphicsWanted(adapterName(adapter)));
    } catch (error) {
      graphics.close();
      this.#current = await this.#openCpu();
      this.#listener.device("cpu", why.WEBGPU_FAILED);
      this.#listener.failed(why.wantedButFailed(error));
    }
  }

  /** @param {Remote} graphics @param {Remote | undefined} cpu @param {string} reason */
  #moveTo(graphics, cpu, reason) {
    this.#current = graphics;
    this.#spare = cpu;
    this.#onGraphics = true;
    graphics.onGone = (news, detail) => {
      this.#recover(graphics).then(
        () => this.#listener.failed(why.deviceGone(news, detail)),
        (error) => this.#listener.failed(why.cpuGone(error)),
      );
    };
    this.#listener.device("webgpu", reason);
  }

  /** Goes on with the CPU, in the spare worker or a new one, unless that was done already. @param {Remote} gone */
  async #recover(gone) {
    if (this.#current && this.#current !== gone) return this.#current;
    this.#recovery ??= this.#replace().finally(() => { this.#recovery = undefined; });
    return this.#recovery;
  }

  async #replace() {
    const [spare, wasOnGraphics] = [this.#spare, this.#onGraphics];
    this.#spare = undefined;
    this.#onGraphics = false;
    const cpu = spare ?? await this.#openCpu();
    this.#current = cpu;
    if (wasOnGraphics) this.#listener.device("cpu", why.AFTER_LOSS);
    return cpu;
  }

  async #openCpu() {
    const cpu = new Remote();
    try {
      await cpu.ask({ kind: "open", module: await this.#module, device: "cpu" });
      await cpu.ask({ kind: "load", model: await this.#model });
      return cpu;
    } catch (error) {
      cpu.close();
      throw error;
    }
  }
}

/** @returns {Promise<GPUAdapter | null>} */
async function graphicsAdapter() {
  try {
    return (await navigator.gpu?.requestAdapter()) ?? null;
  } catch {
    return null; // a browser that blocks the adapter by throwing offers none
  }
}

/** @param {GPUAdapter} adapter @returns {string} what browsers give away of it, for example "google swiftshader" */
function adapterName({ info }) {
  return info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || "WebGPU";
}
