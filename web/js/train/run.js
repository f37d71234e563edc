// A training seen from the page: its worker, and the last snapshot, which outlives the worker and its device.
import { Remote, WorkerGone } from "../remote.js";
import { trainingGone } from "../why.js";

/**
 * What a training begins with; kept, because a lost one without a snapshot begins again.
 * @typedef {object} Beginning
 * @property {import("../protocol.js").TrainingSettings} settings
 * @property {"nothing" | "model" | "checkpoint"} start
 * @property {[string, Uint8Array][]} files
 * @property {import("../protocol.js").FeaturesFiles} features
 * @property {Uint8Array} pictures
 */

/**
 * @typedef {object} Listener
 * @property {(told: import("../protocol.js").TrainingNews) => void} told
 * @property {(sentence: string) => void} lost  the device is gone, and training goes on from `resumed`
 * @property {(sentence: string) => void} failed
 * @property {(step: number) => void} resumed  steps after this one are taken again
 */

export class TrainingRun {
  #module;
  #beginning;
  #listener;
  /** @type {Remote | undefined} */ #remote;
  /** @type {import("../protocol.js").TrainingSnapshot | undefined} */ #snapshot;
  /** @type {import("../protocol.js").DeviceKind} */ #device = "cpu";
  #running = false;

  /** @param {WebAssembly.Module} module @param {Beginning} beginning @param {Listener} listener */
  constructor(module, beginning, listener) {
    this.#module = module;
    this.#beginning = beginning;
    this.#listener = listener;
  }

  get running() {
    return this.#running;
  }

  get device() {
    return this.#device;
  }

  /** Steps that would survive a lost device. */
  get kept() {
    return this.#snapshot?.step ?? 0;
  }

  /** Opens a worker and begins, or goes on from the last snapshot. @param {import("../protocol.js").DeviceKind} device */
  async open(device) {
    this.#remote?.close();
    const remote = new Remote("./train/worker.js");
    this.#remote = remote;
    this.#device = device;
    remote.onTraining = (told) => this.#hear(told);
    const snapshot = this.#snapshot;
    const begins = snapshot ? { ...this.#beginning, start: /** @type {const} */ ("checkpoint"), files: snapshot.files } : this.#beginning;
    try {
      await remote.ask({ kind: "open", module: this.#module, device });
      await remote.ask({ kind: "train-begin", ...begins });
    } catch (error) {
      this.close();
      throw error;
    }
    remote.onGone = (news, reason) => void this.#recover(remote, news, reason);
    this.#listener.resumed(snapshot?.step ?? 0);
  }

  async run() {
    await this.#ask({ kind: "train-run" });
    this.#running = true;
  }

  async pause() {
    this.#running = false;
    await this.#ask({ kind: "train-pause" });
  }

  /** One step. */
  async step() {
    await this.#ask({ kind: "train-step" });
  }

  /** Keeps the state and gives the memory back. */
  async stop() {
    this.#running = false;
    await this.#ask({ kind: "train-pause" });
    await this.#ask({ kind: "train-snapshot" });
    this.close();
  }

  /** Whether a worker holds it; a stopped training has to be opened again. */
  get isOpen() {
    return this.#remote !== undefined;
  }

  /** @returns {Promise<Uint8Array>} a zip archive @param {"model" | "run"} what */
  archive(what) {
    return this.#ask({ kind: "train-export", what, archive: true });
  }

  /** @returns {Promise<[string, Uint8Array][]>} a model directory's files */
  model() {
    return this.#ask({ kind: "train-export", what: "model", archive: false });
  }

  close() {
    this.#running = false;
    this.#remote?.close();
    this.#remote = undefined;
  }

  /** @param {import("../protocol.js").TrainingRequest} request @returns {Promise<any>} */
  #ask(request) {
    return this.#remote?.ask(request) ?? Promise.reject(new WorkerGone("the training is stopped"));
  }

  /** @param {import("../protocol.js").TrainingNews} told */
  #hear(told) {
    if ("snapshot" in told) this.#snapshot = told.snapshot;
    if ("error" in told) this.#running = false;
    // What went wrong is not gone on with: the next opening begins at the last snapshot.
    if ("report" in told && told.report.failure) this.close();
    this.#listener.told(told);
  }

  /** @param {Remote} gone @param {"lost" | "stopped"} news @param {string} reason */
  async #recover(gone, news, reason) {
    if (gone !== this.#remote) return;
    const [wasRunning, wasOn] = [this.#running, this.#device];
    this.#running = false;
    this.#remote = undefined;
    const told = trainingGone(news, reason, this.kept, wasOn === "webgpu");
    if (wasOn === "cpu") return this.#listener.failed(told);
    try {
      await this.open("cpu");
      this.#listener.lost(told);
      if (wasRunning) await this.run();
    } catch (error) {
      this.#remote = undefined;
      this.#listener.failed(trainingGone(news, error instanceof Error ? error.message : String(error), this.kept, false));
    }
  }
}
