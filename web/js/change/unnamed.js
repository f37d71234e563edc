// Directions that take no labels, found when somebody looks for them. Strips of what they do come one after the other, so
// that a slider's picture waits for one of them at most. Those that get a name can be saved into the model.
import { hook, one, sentence } from "../dom.js";
import { save } from "../save.js";
import { directionsIn } from "./directions.js";
import { Trial } from "./trial.js";

/** So many of each kind: the next ones do less and less. */
const COUNT = 6;

export class Unnamed {
  #page;
  #changed;
  #fold = hook("unnamed", HTMLDetailsElement);
  #note = hook("unnamed-note", HTMLElement);
  #save = hook("unnamed-save", HTMLButtonElement);
  /** @type {Trial[]} */ #trials = [];
  /** @type {import("./directions.js").DirectionsFile | undefined} */ #file;
  /** @type {import("../model/model.js").Model | undefined} the one whose directions were looked for */ #model;
  #working = false;
  #again = false;

  /** @param {import("../page.js").Page} page @param {() => void} changed an amount is another */
  constructor(page, changed) {
    this.#page = page;
    this.#changed = changed;
    this.#fold.addEventListener("toggle", () => {
      // After a failure, opening it again is how to ask once more.
      if (!this.#file) this.#model = undefined;
      void this.show();
    });
    this.#fold.addEventListener("input", () => this.#offerToSave());
    this.#save.addEventListener("click", () => void this.#keep());
  }

  /** Another model has others. */
  forget() {
    this.#offer(undefined);
    this.#model = undefined;
  }

  /** Another device: strips may be gone. */
  redraw() {
    for (const trial of this.#trials) trial.forget();
    void this.show();
  }

  reset() {
    for (const trial of this.#trials) trial.reset();
  }

  tell() {
    for (const trial of this.#trials) trial.tell();
  }

  /** Where a code goes. @param {import("../engine.js").Engine} engine @param {Float32Array} code */
  async moved(engine, code) {
    const used = this.#trials.filter(({ amount }) => amount !== 0);
    if (used.length === 0) return code;
    const steps = new Float32Array(used.length * code.length);
    used.forEach(({ step }, index) => steps.set(step, index * code.length));
    return engine.ask("moveCode", code, steps, Float32Array.from(used, ({ amount }) => amount));
  }

  /** Shows what is not shown yet, where somebody looks. */
  async show() {
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    while (this.#again && this.#seen) {
      this.#again = false;
      const engine = this.#page.engine;
      try {
        await this.#find();
        await this.#strips();
      } catch (error) {
        if (engine) this.#page.status.failed(error, engine);
      }
    }
    this.#working = false;
  }

  get #seen() {
    return this.#fold.open && this.#fold.offsetParent !== null;
  }

  async #strips() {
    for (const trial of this.#trials) {
      const [engine, pin] = [this.#page.engine, this.#page.pins.chosen];
      // Whoever asked for others goes first.
      if (!engine || !pin || this.#again || !this.#seen) return;
      place(trial);
      await trial.show(engine, pin);
    }
  }

  async #find() {
    const engine = this.#page.engine;
    const model = await engine?.model;
    if (!engine || !model || this.#model === model) return;
    this.#model = model;
    this.#note.textContent = "Looking for them\u2026";
    try {
      const names = [model.generator, model.parts.codes, model.parts.directions];
      const file = await engine.ask("unnamed", model.json, await model.named(names), COUNT);
      if (engine !== this.#page.engine) return;
      this.#offer(directionsIn(file));
    } catch (error) {
      this.#note.textContent = "They could not be found: close this and open it to try again.";
      throw error;
    }
  }

  /** @param {import("./directions.js").DirectionsFile | undefined} file */
  #offer(file) {
    this.#file = file;
    this.#trials = (file?.directions ?? []).map((direction) => new Trial(direction, this.#changed));
    for (const kind of ["axis", "layer"]) {
      one(`#unnamed-${kind}`, HTMLElement).replaceChildren();
      one(`#unnamed-${kind}-part`, HTMLElement).hidden = true;
    }
    this.#note.textContent = file && this.#trials.length === 0 ? "This model has none." : "";
    this.#offerToSave();
  }

  get #named() {
    return this.#trials.filter(({ name }) => name !== "");
  }

  #offerToSave() {
    const count = this.#named.length;
    this.#save.disabled = count === 0;
    this.#save.textContent = `Save the model with ${count === 0 ? "names" : count === 1 ? "this name" : `these ${count} names`}`;
  }

  /** The model's directory, with what has a name now among its directions. */
  async #keep() {
    const model = this.#model;
    if (!model || !this.#file) return;
    this.#page.status.clear();
    this.#save.disabled = true;
    try {
      const directions = this.#named.map(({ direction, name }) => ({ ...direction, name }));
      const kept = new TextEncoder().encode(JSON.stringify({ ...this.#file, directions }));
      const files = await model.named(model.names);
      const archive = await this.#page.workshop.once((worker) => worker.ask("keepDirections", model.json, files, kept));
      save(archive, "stylewalk-model.zip", "application/zip");
      this.#page.status.say("stylewalk-model.zip is saved: the model with its new sliders. Drop it here to use them.");
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
    this.#offerToSave();
  }
}

/** One comes after the other: all at once would hold the page up. @param {Trial} trial */
function place({ direction: { kind }, place }) {
  if (place.isConnected) return;
  one(`#unnamed-${kind}`, HTMLElement).append(place);
  one(`#unnamed-${kind}-part`, HTMLElement).hidden = false;
}
