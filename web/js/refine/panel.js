// Refine: gradient descent starts at E's code and looks for a code whose picture is closer to the photo.
// The page asks for a few steps at a time, so that anything else it asks for is answered in between.
import { one, sentence } from "../dom.js";
import { decibels } from "../plate.js";
import { WorkerGone } from "../remote.js";
import { refiningGone, refiningStopped } from "../why.js";

/** @typedef {import("../engine.js").Engine} Engine */
/** @typedef {import("../protocol.js").Reconstruction} Reconstruction */
/** @typedef {import("../remote.js").WorkshopWorker} WorkshopWorker */

/** Steps after which a refinement ends by itself: what is left to gain is less than can be seen. */
const STEPS = 200;
/** How long a few steps may take, in ms, before their picture is shown. */
const BETWEEN_PICTURES = 250;

export class RefinePanel {
  #page;
  #button = one("[data-testid=refine]", HTMLButtonElement);
  #undo = one("[data-testid=refine-undo]", HTMLButtonElement);
  #pin = one("[data-testid=refine-pin]", HTMLButtonElement);
  #note = one("[data-testid=refine-note]", HTMLElement);
  #running = false;
  /** Grows when a refinement begins or another photo comes: an older one then ends. */
  #turn = 0;
  /** @type {import("../protocol.js").Refined | undefined} the best so far */ #best;
  /** @type {Promise<WorkshopWorker> | undefined} has the page's model open */ #worker;

  /** @param {import("../page.js").Page} page */
  constructor(page) {
    this.#page = page;
    this.#button.addEventListener("click", () => (this.#running ? this.#stop() : void this.#refine()));
    this.#undo.addEventListener("click", () => this.#takeBack());
    this.#pin.addEventListener("click", () => this.#keep());
    page.plate.onPhoto = () => this.#reset();
  }

  /** The worker has another model than the page now. */
  modelCame() {
    this.#drop();
  }

  /** The next refinement is on the page's device. */
  deviceCame() {
    if (!this.#running) this.#drop();
  }

  #drop() {
    this.#worker?.then((worker) => worker.close(), () => {});
    this.#worker = undefined;
  }

  #reset() {
    this.#turn++;
    this.#best = undefined;
    this.#shows(false);
    this.#undo.disabled = this.#pin.disabled = true;
    this.#note.textContent = "";
    one("#refine", HTMLElement).hidden = false;
  }

  /** @param {boolean} running */
  #shows(running) {
    this.#running = running;
    this.#button.textContent = running ? "Stop refining" : "Refine";
  }

  #stop() {
    this.#turn++;
    this.#shows(false);
    if (this.#best) this.#page.status.say(this.#summary(this.#best));
  }

  async #refine() {
    const { engine, status } = this.#page;
    const made = this.#page.plate.made;
    if (!engine || !made) return;
    const mine = ++this.#turn;
    status.clear();
    this.#shows(true);
    try {
      await this.#on(engine.kind, engine, made, mine);
    } catch (error) {
      if (mine === this.#turn) status.alert(sentence(error));
    }
    if (mine === this.#turn) this.#stop();
  }

  /**
   * Refines on a device, and goes on with the CPU where a graphics device fails at it.
   * @param {import("../protocol.js").DeviceKind} device @param {Engine} engine @param {Reconstruction} made @param {number} mine
   */
  async #on(device, engine, made, mine) {
    let gone = "";
    try {
      const worker = await (this.#worker ??= this.#opened(device, engine));
      worker.onGone = (end, reason) => { gone = refiningGone(end, reason); };
      await worker.ask("refineBegin", made.original, this.#best?.latent ?? made.latent, this.#page.features);
      await this.#steps(worker, made, mine);
    } catch (error) {
      if (!(error instanceof WorkerGone)) throw error;
      this.#drop();
      if (mine !== this.#turn) return;
      if (device === "cpu") throw new Error(refiningStopped(error));
      this.#page.status.alert(gone);
      await this.#on("cpu", engine, made, mine);
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

  /** @param {WorkshopWorker} worker @param {Reconstruction} made @param {number} mine */
  async #steps(worker, made, mine) {
    let [count, taken] = [1, 0];
    while (mine === this.#turn && taken < STEPS) {
      const start = performance.now();
      const refined = await worker.ask("refineSteps", count);
      if (mine !== this.#turn) return;
      taken += count;
      if (refined.psnr >= (this.#best?.psnr ?? made.psnr)) this.#show(refined);
      const each = (performance.now() - start) / count;
      count = Math.max(1, Math.min(Math.round(BETWEEN_PICTURES / each), 2 * count, STEPS - taken));
    }
  }

  /** @param {import("../protocol.js").Refined} refined */
  #show(refined) {
    this.#best = refined;
    this.#page.plate.refined(refined, "From refined numbers");
    this.#undo.disabled = this.#pin.disabled = false;
    this.#note.textContent = this.#summary(refined);
  }

  /** @param {import("../protocol.js").Refined} refined */
  #summary({ psnr }) {
    const gained = psnr - (this.#page.plate.made?.psnr ?? psnr);
    return `Refined to ${decibels(psnr)}, ${gained.toFixed(1)}\u00a0dB better than at first sight.`;
  }

  /** The refined numbers become a pin: what can be done with pins can be done with them. */
  #keep() {
    const { plate, pins, status } = this.#page;
    if (!this.#best || !plate.made) return;
    const { latent, picture } = this.#best;
    status.clear();
    const added = pins.add({ name: `${plate.name}, refined`, code: latent, thumbnail: picture, original: plate.made.original });
    if (added) status.say("The refined numbers are pinned.");
    else status.alert("The pins are full: take one away first.");
  }

  #takeBack() {
    const made = this.#page.plate.made;
    if (!made) return;
    this.#reset();
    this.#page.plate.refined({ ...made, picture: made.reconstruction }, "From the numbers");
    this.#page.status.clear();
    this.#page.status.say("Back to the encoder\u2019s own numbers.");
    this.#button.focus();
  }
}
