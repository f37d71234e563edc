// A training seen from the page: its worker, and the last snapshot, which outlives the worker and its device.
import { sentence } from "../dom.js";
import { WorkerGone } from "../remote.js";
import { trainingGone } from "../why.js";

/** @typedef {import("../remote.js").WorkshopWorker} WorkshopWorker */
/** @typedef {import("../workshop/worker.js").Requests} Requests */

/**
 * What a training begins with; kept, because a lost one without a snapshot begins again.
 * @typedef {object} Beginning
 * @property {import("../protocol.js").TrainingSettings} settings
 * @property {"nothing" | "model"} start
 * @property {import("../model/model.js").Model} model  the page's: where training may start, and what has cut the pictures out
 * @property {import("../protocol.js").FeaturesFiles} features
 * @property {Uint8Array} pictures
 */

/**
 * @typedef {object} Listener
 * @property {(news: import("../protocol.js").TrainingNews) => void} news
 * @property {(sentence: string) => void} lost  the device is gone, and training continues from `resumed`
 * @property {(sentence: string) => void} failed
 * @property {(step: number) => void} resumed  steps after this one are taken again
 */

export class TrainingRun {
  #workshop;
  #beginning;
  #listener;
  /** @type {WorkshopWorker | undefined} */ #worker;
  /** @type {import("../protocol.js").TrainingSnapshot | undefined} */ #snapshot;
  /** @type {import("../protocol.js").DeviceKind} */ #device = "cpu";
  #running = false;

  /** @param {import("../workshop.js").Workshop} workshop @param {Beginning} beginning @param {Listener} listener */
  constructor(workshop, beginning, listener) {
    this.#workshop = workshop;
    this.#beginning = beginning;
    this.#listener = listener;
  }

  get running() {
    return this.#running;
  }

  get device() {
    return this.#device;
  }

  /** What it began with. */
  get beginning() {
    return this.#beginning;
  }

  /** Steps that would survive a lost device. */
  get kept() {
    return this.#snapshot?.step ?? 0;
  }

  /** Opens a worker and begins, or continues from the last snapshot. @param {import("../protocol.js").DeviceKind} device */
  async open(device) {
    this.#worker?.close();
    this.#worker = undefined;
    const snapshot = this.#snapshot;
    const { settings, start, model, features, pictures } = this.#beginning;
    const judge = start === "model" && !snapshot ? model.parts.judge : undefined;
    const worker = await this.#workshop.open(device, model, [...model.first, ...(judge ? [judge] : [])]);
    this.#worker = worker;
    this.#device = device;
    worker.onNews = (news) => this.#hear(news);
    try {
      await worker.ask("train", settings, snapshot ? "checkpoint" : start, snapshot?.files ?? [], features, pictures);
    } catch (error) {
      this.close();
      throw error;
    }
    worker.onGone = (end, reason) => void this.#recover(worker, end, reason);
    this.#listener.resumed(snapshot?.step ?? 0);
  }

  async run() {
    await this.#ask("run");
    this.#running = true;
  }

  async pause() {
    this.#running = false;
    await this.#ask("pause");
  }

  /** One step. */
  async step() {
    await this.#ask("step");
  }

  /** Keeps the state and gives the memory back. */
  async stop() {
    this.#running = false;
    await this.#ask("pause");
    await this.#ask("snapshot");
    this.close();
  }

  /** Whether a worker holds it; a stopped training has to be opened again. */
  get isOpen() {
    return this.#worker !== undefined;
  }

  /** @param {"model" | "run"} what */
  archive(what) {
    return this.#ask("archive", what);
  }

  /** A model directory's files. */
  model() {
    return this.#ask("export", "model");
  }

  close() {
    this.#running = false;
    this.#worker?.close();
    this.#worker = undefined;
  }

  /**
   * @template {keyof Requests & string} Name
   * @param {Name} name
   * @param {Parameters<Requests[Name]>} args
   * @returns {Promise<Awaited<ReturnType<Requests[Name]>>>}
   */
  #ask(name, ...args) {
    return this.#worker?.ask(name, ...args) ?? Promise.reject(new WorkerGone("the training is stopped"));
  }

  /** @param {import("../protocol.js").TrainingNews} news */
  #hear(news) {
    if ("snapshot" in news) this.#snapshot = news.snapshot;
    if ("error" in news) this.#running = false;
    // A training that failed is not continued: the next opening begins at the last snapshot.
    if ("report" in news && news.report.failure) this.close();
    this.#listener.news(news);
  }

  /** @param {WorkshopWorker} gone @param {import("../protocol.js").End} end @param {string} reason */
  async #recover(gone, end, reason) {
    if (gone !== this.#worker) return;
    const [wasRunning, wasOn] = [this.#running, this.#device];
    this.#running = false;
    this.#worker = undefined;
    const what = trainingGone(end, reason, this.kept, wasOn === "webgpu");
    if (wasOn === "cpu") return this.#listener.failed(what);
    try {
      await this.open("cpu");
      this.#listener.lost(what);
      if (wasRunning) await this.run();
    } catch (error) {
      this.#worker = undefined;
      this.#listener.failed(trainingGone(end, sentence(error), this.kept, false));
    }
  }
}
