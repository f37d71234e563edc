// One gradient descent at a time, in a worker of the workshop's that has the page's model open. The page asks for a few steps at
// a time, so that anything else it asks for is answered in between.
import { WorkerGone } from "../remote.js";
import { refiningGone, refiningStopped } from "../why.js";

/** @typedef {import("../engine.js").Engine} Engine */
/** @typedef {import("../protocol.js").Refined} Refined */
/** @typedef {import("../remote.js").WorkshopWorker} WorkshopWorker */

/** How long a few steps may take, in ms, before their picture is shown. */
const BETWEEN_PICTURES = 250;

export class Refiner {
  #page;
  #running = false;
  /** Grows when a descent begins or is stopped: an older one then ends. */
  #turn = 0;
  /** Ends what goes on, for whoever waits for it. */ #end = () => {};
  /** @type {Promise<WorkshopWorker> | undefined} */ #worker;

  /** @param {import("../page.js").Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** The worker has another model than the page now. */
  modelCame() {
    this.stop();
    this.#drop();
  }

  /** What begins next is on the page's device. */
  deviceCame() {
    if (!this.#running) this.#drop();
  }

  /** What goes on ends at once for who waits for it, and in the worker with the steps that are being taken. */
  stop() {
    this.#turn++;
    this.#running = false;
    this.#end();
  }

  /**
   * Begins, and takes steps until there are so many, or `stop` is asked for, or something else begins. Where a graphics device
   * fails at it, all of it begins again on the CPU.
   * @param {(worker: WorkshopWorker) => Promise<void>} begin
   * @param {number} steps
   * @param {(refined: Refined) => void} show
   */
  async run(begin, steps, show) {
    const engine = this.#page.engine;
    if (!engine) return;
    this.stop();
    const mine = this.#turn;
    this.#running = true;
    /** @type {Promise<void>} */
    const stopped = new Promise((resolve) => { this.#end = resolve; });
    const descent = this.#on(engine.kind, engine, mine, async (worker) => {
      await begin(worker);
      await this.#steps(worker, steps, mine, show);
    });
    // Nobody hears of what goes wrong after the end.
    await Promise.race([descent, stopped]);
    if (mine === this.#turn) this.#running = false;
  }

  /** @param {import("../protocol.js").DeviceKind} device @param {Engine} engine @param {number} mine @param {(worker: WorkshopWorker) => Promise<void>} act */
  async #on(device, engine, mine, act) {
    let gone = "";
    try {
      const worker = await (this.#worker ??= this.#opened(device, engine));
      if (mine !== this.#turn) return;
      worker.onGone = (end, reason) => { gone = refiningGone(end, reason); };
      await act(worker);
    } catch (error) {
      if (!(error instanceof WorkerGone)) throw error;
      this.#drop();
      if (mine !== this.#turn) return;
      if (device === "cpu") throw new Error(refiningStopped(error));
      this.#page.status.alert(gone);
      await this.#on("cpu", engine, mine, act);
    }
  }

  /** @param {import("../protocol.js").DeviceKind} device @param {Engine} engine */
  async #opened(device, engine) {
    try {
      const model = await engine.model;
      return await this.#page.workshop.open(device, model, [...model.first, ...(model.parts.judge ? [model.parts.judge] : [])]);
    } catch (error) {
      this.#worker = undefined;
      throw error;
    }
  }

  #drop() {
    this.#worker?.then((worker) => worker.close(), () => {});
    this.#worker = undefined;
  }

  /** @param {WorkshopWorker} worker @param {number} steps @param {number} mine @param {(refined: Refined) => void} show */
  async #steps(worker, steps, mine, show) {
    let [count, taken] = [1, 0];
    while (mine === this.#turn && taken < steps) {
      const start = performance.now();
      const refined = await worker.ask("refineSteps", count);
      if (mine !== this.#turn) return;
      taken += count;
      show(refined);
      const each = (performance.now() - start) / count;
      count = Math.max(1, Math.min(Math.round(BETWEEN_PICTURES / each), 2 * count, steps - taken));
    }
  }
}
