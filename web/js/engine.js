// Which device answers: opens workers, measures in `auto`, and falls back to the CPU when a graphics device fails.
import { SILENT, adapterName, graphicsAdapter } from "./adapter.js";
import { timeCpu, timeGraphics, within } from "./measure.js";
import { openModel } from "./model/model.js";
import { WorkerGone, modelWorker } from "./remote.js";
import * as why from "./why.js";

/** @typedef {import("./protocol.js").DeviceKind} DeviceKind */
/** @typedef {import("./remote.js").ModelWorker} ModelWorker */
/** @typedef {import("./worker.js").Requests} Requests */
/** @typedef {import("./model/model.js").Model} Model */
/** @typedef {import("./model/model.js").Part} Part */

/**
 * What an engine tells the page. `failed` carries a sentence for `status`.
 * @typedef {object} Listener
 * @property {(kind: DeviceKind, why: string) => void} device
 * @property {(sentence: string) => void} failed
 * @property {(clause: string) => void} [slow]  why the first device takes long to open
 * @property {(part: Part) => void} missing  it did not come, or is damaged; why goes to `failed`
 * @property {(part: Part) => void} came  a part of the model that pictures do not need is where pictures are made
 */

/** A graphics device that the address asks for may take so long to open, in ms; after a part of that the visitor hears why it takes long. */
const OPENS_WITHIN = 60_000;
const TOLD_AFTER = 8_000;
/** Workers that one request may end. */
const MOST_FAILURES = 2;

export class Engine {
  #program;
  #model;
  #listener;
  /** @type {ModelWorker | undefined} the worker that answers */ #current;
  /** @type {ModelWorker | undefined} the CPU's worker, kept while a graphics device answers */ #spare;
  #onGraphics = false;
  /** @type {ModelWorker | undefined} the graphics device that was asked to tune itself */ #tuned;
  /** @type {Promise<ModelWorker> | undefined} */ #recovery;
  /** Those that have begun with the model: what comes of it later is theirs, too. @type {Set<ModelWorker>} */ #begun = new Set();
  /** @type {Map<Part, Promise<boolean>>} */ #parts = new Map();
  #closed = false;

  /**
   * What is still being fetched is waited for where it is needed: a device opens, and compiles its shaders, meanwhile.
   * @param {Promise<WebAssembly.Module>} program
   * @param {Promise<Model>} model
   * @param {Listener} listener
   */
  constructor(program, model, listener) {
    this.#program = program;
    this.#model = model;
    this.#listener = listener;
  }

  /** The device that answers now. @returns {DeviceKind} */
  get kind() {
    return this.#onGraphics ? "webgpu" : "cpu";
  }

  /** Whether another model's engine has taken over. */
  get closed() {
    return this.#closed;
  }

  /** The program, for workers that need no model. */
  get program() {
    return this.#program;
  }

  /** The model. */
  get model() {
    return this.#model;
  }

  /** Ends the workers: another model's engine takes over. */
  close() {
    this.#closed = true;
    for (const worker of [this.#current, this.#spare]) if (worker) this.#end(worker);
  }

  /**
   * Has a part of the model that pictures do not need. After a failure, which the listener hears of, it can be asked again.
   * @param {Part} part
   * @returns {Promise<boolean>} whether it is here; false where the model has none, too
   */
  bring(part) {
    const bringing = this.#parts.get(part) ?? this.#bring(part);
    this.#parts.set(part, bringing);
    return bringing;
  }

  /** @param {Part} part */
  async #bring(part) {
    const model = await this.#model;
    const name = model.parts[part];
    if (!name) return false;
    try {
      const bytes = await model.file(name);
      if (this.#closed) return false;
      for (const worker of this.#begun) if (worker !== this.#current) worker.ask("add", name, bytes).catch(() => {});
      await this.#by((worker) => worker.ask("add", name, bytes));
      this.#listener.came(part);
      return true;
    } catch (error) {
      if (this.#closed) return false;
      model.forget(name);
      this.#parts.delete(part);
      this.#listener.failed(why.partMissing(part, error));
      this.#listener.missing(part);
      return false;
    }
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
    if (!adapter || adapter === SILENT) return this.#listener.device("cpu", why.noAdapter(adapter === SILENT));
    const graphics = modelWorker();
    const name = adapterName(adapter);
    try {
      const onCpu = await timeCpu(cpu);
      const milliseconds = await timeGraphics(graphics, () => this.#open(graphics, "webgpu"), onCpu);
      if (this.#closed) return this.#end(graphics);
      if (milliseconds < onCpu.milliseconds) return this.#moveTo(graphics, cpu, why.graphicsFaster(name, milliseconds, onCpu.milliseconds));
      this.#listener.device("cpu", why.cpuFaster(name, milliseconds, onCpu.milliseconds));
    } catch (error) {
      this.#listener.device("cpu", why.graphicsFailed(error));
    }
    this.#end(graphics);
  }

  /**
   * Asks the worker that answers for one line of its table, `requests` in worker.js.
   * @template {keyof Requests & string} Name
   * @param {Name} name
   * @param {Parameters<Requests[Name]>} args
   * @returns {Promise<Awaited<ReturnType<Requests[Name]>>>}
   */
  ask(name, ...args) {
    return this.#by((worker) => worker.ask(name, ...args));
  }

  /** Draws the pictures of codes on a stage, `columns` side by side. @param {import("./stage.js").Stage} stage @param {Float32Array} codes @param {number} columns */
  show(stage, codes, columns) {
    return this.#by((worker) => stage.drawnBy(worker, codes, columns));
  }

  /**
   * Has the worker that answers do something; once more where it ended at that, and again where it ended at what somebody
   * else had asked.
   * @template T @param {(worker: ModelWorker) => Promise<T>} work @returns {Promise<T>}
   */
  async #by(work) {
    let worker = this.#current;
    if (!worker) throw new Error("The program is not open yet: wait a moment.");
    for (let failures = 0; ;) {
      try {
        const made = await work(worker);
        this.#tune(worker);
        return made;
      } catch (error) {
        if (!(error instanceof WorkerGone)) throw error;
        if (this.#closed) throw new Error("Another model was opened meanwhile: ask again.");
        if (error.atWork && ++failures === MOST_FAILURES) throw new Error(why.stoppedTwice(error));
        worker = await this.#recover(worker).catch((error) => { throw new Error(why.cpuGone(error)); });
      }
    }
  }

  /** Once it has answered, a graphics device finds out how it is fastest; before, that would keep a visitor waiting. @param {ModelWorker} worker */
  #tune(worker) {
    if (!this.#onGraphics || this.#tuned === worker) return;
    this.#tuned = worker;
    // If the device fails at it, `onGone` hears of that; after any other error it goes on untuned.
    worker.ask("tune").catch(() => {});
  }

  async #startGraphics() {
    const graphics = modelWorker();
    try {
      const adapter = await graphicsAdapter();
      if (!adapter || adapter === SILENT) throw new Error(adapter ? why.SILENT_ADAPTER : why.noWebGpu());
      await this.#open(graphics, "webgpu", (opening) => this.#patiently(opening));
      this.#moveTo(graphics, undefined, why.graphicsWanted(adapterName(adapter)));
    } catch (error) {
      this.#end(graphics);
      this.#current = await this.#openCpu();
      this.#listener.device("cpu", why.WEBGPU_FAILED);
      this.#listener.failed(why.wantedButFailed(error));
    }
  }

  /** @param {Promise<void>} opening of a graphics device that somebody waits for */
  #patiently(opening) {
    const timer = setTimeout(() => this.#listener.slow?.(why.slowToOpen(TOLD_AFTER, OPENS_WITHIN)), TOLD_AFTER);
    return within(OPENS_WITHIN, opening).finally(() => clearTimeout(timer));
  }

  /** @param {ModelWorker} graphics @param {ModelWorker | undefined} cpu @param {string} reason */
  #moveTo(graphics, cpu, reason) {
    this.#current = graphics;
    this.#spare = cpu;
    this.#onGraphics = true;
    graphics.onGone = (end, detail) => {
      this.#recover(graphics).then(
        () => this.#listener.failed(why.deviceGone(end, detail)),
        (error) => this.#listener.failed(why.cpuGone(error)),
      );
    };
    this.#listener.device("webgpu", reason);
  }

  /** Continues on the CPU, in the spare worker or a new one, unless another request has done so. @param {ModelWorker} gone */
  async #recover(gone) {
    this.#begun.delete(gone);
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
    const cpu = modelWorker();
    try {
      await this.#open(cpu, "cpu");
      return cpu;
    } catch (error) {
      this.#end(cpu);
      throw error;
    }
  }

  /** @param {ModelWorker} worker @param {DeviceKind} kind @param {(opening: Promise<void>) => Promise<void>} [limited] how long the device may take to open */
  async #open(worker, kind, limited = (opening) => opening) {
    const program = await this.#program;
    await limited(worker.ask("open", program, kind));
    const opened = openModel(worker, await this.#model);
    this.#begun.add(worker);
    await opened;
  }

  /** @param {ModelWorker} worker */
  #end(worker) {
    this.#begun.delete(worker);
    worker.close();
  }
}
