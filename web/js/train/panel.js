// Train here: settings and pictures in, curves and pictures out, and weights that can leave and come back.
import { one } from "../dom.js";
import { askBeforeLeaving } from "../keep/leaving.js";
import { contents, cutoutIn, featuresIn, filesOf, isModel, listed, modelIn, runIn } from "../model/folder.js";
import { sorted } from "../model/sorted.js";
import { save } from "../save.js";
import { modelWorker } from "../remote.js";
import { paint } from "../tiles.js";
import { readSettings } from "../settings.js";
import { Curves, number } from "./curves.js";
import { deviceFor } from "./device.js";
import { Pictures } from "./pictures.js";
import { TrainingRun } from "./run.js";
import { SettingsForm } from "./settings.js";

/** @param {string} name */
const button = (name) => one(`[data-testid=train-${name}]`, HTMLButtonElement);

export class TrainPanel {
  #page;
  #openModel;
  #form = new SettingsForm();
  #curves = new Curves();
  #pictures = new Pictures(() => this.#helper());
  /** @type {TrainingRun | undefined} */ #run;
  /** @type {import("../protocol.js").DeviceKind | undefined} what this training runs on, once that is known */ #device;
  #busy = false;
  /** Leaving would lose what was learnt since something was saved. */ #leaving = askBeforeLeaving();
  /** @type {import("../../wasm/workshop.js").TrainingChoices | undefined} what a training can be asked for, once the workshop is here */ #choices;
  #setUp = button("setup");
  #buttons = { start: button("start"), stop: button("stop"), step: button("step"), reset: button("reset"), use: button("use"), model: button("export"), run: button("export-run") };

  /**
   * @param {import("../page.js").Page} page
   * @param {(files: import("../protocol.js").ModelFiles) => Promise<void>} openModel makes them the page's model
   */
  constructor(page, openModel) {
    this.#page = page;
    this.#openModel = openModel;
    const { start, stop, step, reset, use, model, run } = this.#buttons;
    this.#does(this.#setUp, () => this.#choose());
    this.#does(start, () => (this.#run?.running ? this.#run.pause() : this.#go((training) => training.run())));
    this.#does(step, () => this.#go((training) => training.step()));
    this.#does(stop, async () => {
      await this.#run?.stop();
      page.status.say(`Stopped. Step ${this.#run?.kept} is kept.`);
    });
    this.#does(reset, () => this.#reset());
    this.#does(use, async () => this.#open(await this.#opened().then((training) => training.model())));
    this.#does(model, () => this.#save("model"));
    this.#does(run, () => this.#save("run"));
    this.#receive();
    this.#show();
  }

  /** Photographs to train on are what this model sees. @param {import("../model/model.js").Model} model */
  modelCame(model) {
    this.#pictures.modelCame(model).catch((error) => this.#page.status.alert(String(error)));
    this.#count();
  }

  /** The model is here: the workshop can be asked for. */
  async ready() {
    this.#show();
  }

  /** Offers what a training can be asked for, which the workshop knows. */
  async #choose() {
    this.#choices ??= JSON.parse(await this.#page.workshop.once((worker) => worker.ask("trainingChoices")));
    this.#offer();
  }

  #offer() {
    if (!this.#choices) return;
    this.#setUp.hidden = true;
    one("#train-more", HTMLElement).hidden = false;
    this.#form.offer(this.#choices, this.#page.features.length > 0);
    this.#curves.offer(this.#choices);
  }

  /** A button that is deaf until what it does is done. @param {HTMLButtonElement} one @param {() => Promise<void> | undefined} act */
  #does(one, act) {
    one.addEventListener("click", async () => {
      if (this.#busy) return;
      this.#busy = true;
      this.#page.status.clear();
      this.#show();
      try {
        await act();
      } catch (error) {
        this.#page.status.alert(error instanceof Error ? error.message : String(error));
      }
      this.#busy = false;
      this.#show();
    });
  }

  /** @param {(training: TrainingRun) => Promise<void>} act */
  async #go(act) {
    await act(await this.#opened());
  }

  /** The training, begun or gone on with where that is necessary. @returns {Promise<TrainingRun>} */
  async #opened() {
    const engine = this.#page.engine;
    if (!engine) throw new Error("The program is not here yet: wait a moment.");
    this.#run ??= await this.#begin(engine);
    if (!this.#run.isOpen) {
      try {
        this.#device ??= await this.#chosen(engine);
        await this.#run.open(this.#device);
      } catch (error) {
        // Settings that cannot be trained with leave nothing to go on with.
        if (this.#run.kept === 0) this.#run = this.#device = undefined;
        throw error;
      }
    }
    one("#training", HTMLElement).hidden = false;
    return this.#run;
  }

  /** The device that the address asks for, else the one on which a step is faster. @param {import("../engine.js").Engine} engine */
  async #chosen(engine) {
    if (!this.#run || readSettings(location.href).device !== "auto") return engine.kind;
    this.#page.status.say("A step is timed on this device\u2019s processor and graphics adapter.");
    return deviceFor(this.#page.workshop, this.#run.beginning);
  }

  /** @param {import("../engine.js").Engine} engine */
  async #begin(engine) {
    if (!this.#choices) await this.#choose();
    const model = await engine.model;
    const settings = this.#form.read(model.card.fit, model.side);
    if (!this.#form.drawn && this.#pictures.count < 2) throw new Error("Choose at least two photos to train on, or train on drawn outfits.");
    const pictures = await this.#pictures.all(this.#form.drawn);
    return new TrainingRun(this.#page.workshop, { settings, start: this.#form.start, model, features: this.#page.features, pictures }, {
      news: (news) => this.#hear(news),
      resumed: (step) => this.#curves.keep(step),
      lost: (sentence) => { this.#page.status.alert(sentence); this.#show(); },
      failed: (sentence) => { this.#page.status.alert(sentence); this.#show(); },
    });
  }

  async #reset() {
    this.#run?.close();
    this.#run = undefined;
    this.#device = undefined;
    this.#leaving(false);
    this.#curves.keep(0);
    one("#training", HTMLElement).hidden = true;
    this.#page.status.say("The training is forgotten.");
  }

  /** @param {import("../protocol.js").TrainingNews} news */
  #hear(news) {
    if ("pictures" in news) this.#paint(news.pictures);
    if ("error" in news) this.#page.status.alert(news.error);
    if (!("report" in news)) return this.#show();
    const { report } = news;
    this.#leaving(true);
    this.#curves.add(report.losses);
    if (report.warning) this.#page.status.alert(`Warning: ${report.warning}`);
    if (report.failure) this.#page.status.alert(`Training stopped: ${report.failure}. Go on from step ${this.#run?.kept}, which is kept, or start over with other settings`);
    this.#tell(report);
    this.#show();
  }

  /** @param {import("../protocol.js").TrainingReport} report */
  #tell({ step, stepsPerSecond, bytes, deviceBytes, deviceUsed }) {
    one("[data-testid=train-count]", HTMLElement).textContent = step.toLocaleString("en");
    one("[data-testid=train-speed]", HTMLElement).textContent = number(stepsPerSecond);
    one("[data-testid=train-memory]", HTMLElement).textContent = `${Math.round(bytes / 1e6)}\u00a0MB`;
    const onDevice = deviceBytes > 0 ? `${megabytes(deviceUsed)} of ${megabytes(deviceBytes)} MB on the graphics adapter` : "";
    one("[data-testid=train-device-memory]", HTMLElement).textContent = onDevice;
    one("[data-testid=train-device]", HTMLElement).textContent = this.#run?.device ?? "";
  }

  /** @param {import("../protocol.js").TrainingPictures} pictures */
  #paint({ samples, originals, reconstructions }) {
    tiles(one("[data-testid=train-samples]", HTMLElement), samples.map((pixels, index) => [pixels, `Sample ${index + 1} from the networks in training`]));
    const pairs = originals.flatMap((pixels, index) => [[pixels, `Picture ${index + 1}`], [reconstructions[index], `Its reconstruction by the networks in training`]]);
    tiles(one("[data-testid=train-pairs]", HTMLElement), /** @type {[Uint8ClampedArray, string][]} */ (pairs));
  }

  #show() {
    const training = this.#run;
    const running = training?.running ?? false;
    const { start, stop, step, reset, use, model, run } = this.#buttons;
    start.textContent = running ? "Pause" : training ? "Go on" : "Start training";
    // A button that is deaf for a moment is not disabled: it would lose the keyboard's focus.
    one("#train", HTMLElement).setAttribute("aria-busy", String(this.#busy));
    const here = this.#page.engine !== undefined;
    start.disabled = this.#setUp.disabled = !here;
    step.disabled = !here || running;
    stop.disabled = !here || !training?.isOpen;
    for (const one of [reset, use, model, run]) one.disabled = !here || !training;
    this.#form.lock(training !== undefined);
  }

  /** @param {"model" | "run"} what */
  async #save(what) {
    const archive = await (await this.#opened()).archive(what);
    if (!this.#run?.running) this.#leaving(false);
    save(archive, what === "model" ? "stylewalk-model.zip" : "stylewalk-run.zip", "application/zip");
    this.#page.status.say(what === "model" ? "The model is saved: stylewalk-model.zip." : "The run is saved: stylewalk-run.zip.");
  }

  /** A directory's files become the page's model, or its H. @param {[string, Uint8Array][]} files */
  async #open(files) {
    const [model, features] = [modelIn(files) ?? await this.#ofRun(files), featuresIn(files)];
    if (features.length > 0) {
      this.#page.features = features;
      this.#offer();
      this.#page.status.say("A network for L_H is here: training and refining can compare what is in pictures.");
    }
    if (model) await this.#openModel(model);
    else if (features.length === 0) throw new Error("There is neither a model.json nor a run\u2019s config.json among these files: drop the whole directory of a model or of a run, or its .zip.");
  }

  /** The last checkpoint of a run as a model. @param {[string, Uint8Array][]} files */
  async #ofRun(files) {
    const run = runIn(files);
    if (!run) return undefined;
    if (run.checkpoint.length === 0) throw new Error("This run has no checkpoint yet: train it further, or drop the directory of another one.");
    const checkpoint = run.checkpoint.map(([path, bytes]) => /** @type {[string, Uint8Array]} */ ([path.slice(path.lastIndexOf("/") + 1), bytes]));
    return modelIn(await this.#page.workshop.once((worker) => worker.ask("modelOfRun", run.config[1], checkpoint, cutoutIn(files))));
  }

  #receive() {
    const [photos, model] = [one("[data-testid=train-photos]", HTMLInputElement), one("[data-testid=model-input]", HTMLInputElement)];
    photos.addEventListener("change", () => { void this.take(listed(photos.files ?? [])); photos.value = ""; });
    model.addEventListener("change", () => { void this.take(listed(model.files ?? [])); model.value = ""; });
    // Before the page takes the drop for a photo to rebuild: what falls on this panel, and models anywhere.
    window.addEventListener("drop", (event) => {
      const data = event.dataTransfer;
      const here = event.target instanceof Element && event.target.closest("#train");
      if (!data || !(here || isModel([...data.files].map(({ name }) => name)))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      for (const tile of document.querySelectorAll(".dragging")) tile.classList.remove("dragging");
      void filesOf(data).then((files) => this.take(files));
    }, { capture: true });
  }

  /** Files are a model, a run or photographs to train on. @param {import("../model/folder.js").FoundFile[]} files */
  async take(files) {
    const { status } = this.#page;
    status.clear();
    try {
      const { model, photos } = await sorted(files);
      if (model) await this.#open(await contents(files, (archive) => this.#pictures.unpack(archive)));
      else if (photos.length > 0) await this.#addPhotos(photos);
    } catch (error) {
      status.alert(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {import("../photo/queue.js").Arrival[]} files */
  async #addPhotos(files) {
    one("#train-fold", HTMLDetailsElement).open = true;
    const note = one("[data-testid=train-photo-count]", HTMLElement);
    const { refused, whole } = await this.#pictures.add(files, (done) => { note.textContent = `${done} of ${files.length} read`; });
    this.#count();
    if (this.#pictures.count > 0) this.#form.chooseOwn();
    if (refused.length > 0) this.#page.status.alert(`${refused.length} of ${files.length} files could not be used: ${refused[0]}`);
    else this.#page.status.say(`${this.#pictures.count.toLocaleString("en")} photos to train on.${whole > 0 ? ` No garment was found in ${whole} of them: they are used whole.` : ""}`);
  }

  /** Says how many photos there are. */
  #count() {
    const { count } = this.#pictures;
    one("[data-testid=train-photo-count]", HTMLElement).textContent = count > 0 ? `${count.toLocaleString("en")} photos` : "none yet";
  }

  /** A worker for pictures and archives, which needs no device of its own. */
  async #helper() {
    const engine = this.#page.engine;
    if (!engine) throw new Error("The program is not here yet: wait a moment.");
    const helper = modelWorker();
    await helper.ask("open", await engine.program, "cpu");
    return helper;
  }
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/** @param {HTMLElement} list @param {[Uint8ClampedArray, string][]} pictures */
function tiles(list, pictures) {
  while (list.children.length > pictures.length) list.lastElementChild?.remove();
  pictures.forEach(([pixels, name], index) => {
    const item = list.children[index] ?? list.appendChild(document.createElement("li"));
    let canvas = item.querySelector("canvas");
    if (!canvas) {
      canvas = item.appendChild(document.createElement("canvas"));
      canvas.width = canvas.height = 64;
      canvas.setAttribute("role", "img");
    }
    paint(canvas, pixels, name);
  });
}
