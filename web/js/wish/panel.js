// Keep this, change that: gradient descent looks for codes whose picture is like the photo where it is to stay, and has the
// colour, the outline or the kind that was asked for. What is asked for in a part has a code of its own there. Several
// candidates begin at different codes; the best comes first.
import { brush } from "../brush/brush.js";
import { along } from "../brush/mask.js";
import { button, canvas, hook, one, sentence } from "../dom.js";
import { decibels } from "../plate.js";
import { paint, percent } from "../tiles.js";
import { Kinds } from "./kinds.js";
import { Layers } from "./layers.js";

/** @typedef {import("../protocol.js").Candidate} Candidate */

const STEPS = 60;
/** What a visitor paints, and what that means. @type {Record<import("./layers.js").Layer, string>} */
const MEANINGS = {
  change: "Paint over what may change, or what is hidden: it is filled in. Nothing painted: all of it is to stay.",
  part: "Paint what is to get the colour. Nothing painted: what may change gets it, or the whole garment.",
  outline: "The outline begins as the garment\u2019s own: paint what it is to gain, rub out what it is to lose.",
};

export class WishPanel {
  #page;
  #refiner;
  #fold = hook("wishes", HTMLDetailsElement);
  #canvas = hook("wish-canvas", HTMLCanvasElement);
  #needle = one("#wish-needle", HTMLElement);
  #size = hook("wish-size", HTMLInputElement);
  #undo = hook("wish-undo", HTMLButtonElement);
  #coloured = hook("wish-coloured", HTMLInputElement);
  #colour = hook("wish-colour", HTMLInputElement);
  #count = hook("wish-count", HTMLSelectElement);
  #go = hook("wish-go", HTMLButtonElement);
  #back = hook("wish-back", HTMLButtonElement);
  #list = hook("wish-candidates", HTMLElement);
  #note = hook("wish-note", HTMLElement);
  #kinds;
  /** @type {Layers | undefined} */ #layers;
  #running = false;
  /** Grows with every question and every end: an older question then goes no further. */ #turn = 0;
  /** Which candidate is on the plate; they are in order of what they reach. */ #chosen = 0;
  #seed = 1;

  /** @param {import("../page.js").Page} page @param {import("../refine/refiner.js").Refiner} refiner */
  constructor(page, refiner) {
    this.#page = page;
    this.#refiner = refiner;
    this.#kinds = new Kinds(page);
    const form = one("#wish-form", HTMLFormElement);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => this.#show());
    this.#fold.addEventListener("toggle", () => { if (this.#fold.open) void this.#opened(); });
    this.#size.addEventListener("input", () => this.#measure());
    this.#colour.addEventListener("input", () => { this.#coloured.checked = true; });
    this.#undo.addEventListener("click", () => this.#does((layers) => layers.undo()));
    hook("wish-clear", HTMLButtonElement).addEventListener("click", () => this.#does((layers) => layers.clear()));
    this.#go.addEventListener("click", () => (this.#running ? this.#stop() : void this.#look()));
    this.#back.addEventListener("click", () => this.#takeBack());
    brush(this.#canvas, this.#needle, {
      begin: () => this.#layers?.remember(),
      go: (to, from) => this.#does((layers) => along(to, from, Number(this.#size.value) / 2, (x, y) => layers.dab(this.#layer, x, y, Number(this.#size.value) / 2, this.#paints))),
      carries: () => false,
    });
    this.#measure();
  }

  /** Another photo is shown, or the same anew. */
  photoCame() {
    const made = this.#page.plate.made;
    this.#layers = made && new Layers(made.original);
    this.#stop();
    this.#forget();
    this.#show();
  }

  /** Another model is here, which may know other kinds. */
  modelCame() {
    this.#kinds.forget();
    if (this.#fold.open) void this.#opened();
  }

  async #opened() {
    this.#show();
    try {
      await this.#kinds.offer();
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
  }

  /** @returns {import("./layers.js").Layer} what is painted on */
  get #layer() {
    return hook("wish-outline", HTMLInputElement).checked ? "outline" : hook("wish-part", HTMLInputElement).checked ? "part" : "change";
  }

  get #paints() {
    return hook("wish-paint", HTMLInputElement).checked;
  }

  #measure() {
    this.#needle.style.inlineSize = `${100 * Number(this.#size.value) / this.#canvas.width}%`;
  }

  /** @param {(layers: Layers) => void} act */
  #does(act) {
    if (!this.#layers) return;
    act(this.#layers);
    this.#show();
  }

  #show() {
    if (!this.#layers || !this.#fold.open) return;
    this.#undo.disabled = !this.#layers.undoable;
    one("#wish-hint", HTMLElement).textContent = MEANINGS[this.#layer];
    paint(this.#canvas, this.#layers.picture(this.#layer), "Your photo, with what you have painted. Arrow keys move the brush; the space bar paints.");
  }

  /** @returns {import("../protocol.js").Wishes} */
  #wishes() {
    const [change, part, outline] = /** @type {const} */ (["change", "part", "outline"]).map((layer) => this.#layers?.painted(layer));
    const bytes = (/** @type {import("../brush/mask.js").Mask | undefined} */ mask) => mask && new Uint8Array(mask);
    return {
      keep: change && new Uint8Array(change.map((share) => 255 - share)),
      colour: this.#coloured.checked ? colourOf(this.#colour.value) : undefined,
      part: bytes(part),
      shape: bytes(outline),
      kind: this.#kinds.chosen,
    };
  }

  async #look() {
    const { engine, plate, status } = this.#page;
    const made = plate.made;
    if (!engine || !made) return;
    status.clear();
    const mine = ++this.#turn;
    const wishes = this.#wishes();
    this.#chosen = 0;
    this.#runs(true);
    try {
      const likePhotographs = await engine.bring("codes");
      const more = Number(this.#count.value) - 1;
      const { codes } = more > 0 ? await engine.ask("sample", this.#seed++, more, likePhotographs) : { codes: new Float32Array() };
      /** @type {import("../protocol.js").FeaturesFiles} */
      const features = wishes.kind === undefined ? [] : await this.#kinds.files();
      if (mine !== this.#turn) return;
      await this.#refiner.run((worker) => worker.ask("wish", made.original, wishes, features, codes), STEPS, ({ others, ...best }) => this.#found([best, ...others]));
    } catch (error) {
      if (mine === this.#turn) status.alert(sentence(error));
    }
    if (mine === this.#turn) this.#runs(false);
  }

  #stop() {
    this.#turn++;
    if (this.#running) this.#refiner.stop();
    this.#runs(false);
  }

  /** @param {boolean} running */
  #runs(running) {
    this.#running = running;
    this.#go.textContent = running ? "Stop" : "Look for it";
  }

  /** Shows candidates, the best first. @param {Candidate[]} candidates */
  #found(candidates) {
    const focused = [...this.#list.querySelectorAll(".candidate")].findIndex((shown) => shown === document.activeElement);
    this.#list.replaceChildren(...candidates.map((candidate, index) => this.#item(candidate, index)));
    if (focused >= 0) this.#list.querySelectorAll("button").item(2 * focused).focus();
    this.#back.disabled = false;
    this.#choose(candidates[this.#chosen], this.#chosen);
  }

  /** @param {Candidate} candidate @param {number} index */
  #item(candidate, index) {
    const shown = button("candidate", `Candidate ${index + 1}${this.#doubt(candidate)}`, () => this.#choose(candidate, index));
    shown.append(canvas(candidate.picture));
    const pin = button("pin-it", `Pin candidate ${index + 1}`, () => void this.#pin(candidate));
    pin.textContent = "Pin";
    const item = document.createElement("li");
    item.append(shown, pin);
    return item;
  }

  /** @param {Candidate | undefined} candidate @param {number} index */
  #choose(candidate, index) {
    if (!candidate) return;
    this.#chosen = index;
    [...this.#list.querySelectorAll(".candidate")].forEach((shown, at) => shown.setAttribute("aria-pressed", String(at === index)));
    this.#page.plate.refined(candidate, "As you asked for");
    this.#note.textContent = `${decibels(candidate.psnr)} to your photo${this.#coloured.checked ? " in that colour" : ""}${this.#doubt(candidate)}.`;
  }

  /** How sure the network for clothes is of the kind. @param {Candidate} candidate */
  #doubt({ kind }) {
    return kind === undefined ? "" : `; the network for clothes says ${this.#kinds.chosen} with ${percent(kind)}`;
  }

  /** What is pinned is walked: it looks as its code does, which is one. @param {Candidate} candidate */
  async #pin({ latent, mixed, picture }) {
    const { engine, plate, pins, status } = this.#page;
    if (!engine) return;
    const [name, original] = [`${plate.name}, changed`, plate.made?.original];
    status.clear();
    try {
      const thumbnail = mixed ? (await engine.ask("decode", latent, false)).images[0] ?? picture : picture;
      // Another model's pins have codes of another kind.
      if (engine.closed) return;
      if (!pins.add({ name, code: latent, thumbnail, original })) status.alert("The pins are full: take one away first.");
      else if (mixed) status.say("Two codes make that picture, one for each part. The pin has one code: what the encoder makes of it.");
    } catch (error) {
      status.failed(error, engine);
    }
  }

  #forget() {
    this.#list.replaceChildren();
    this.#note.textContent = "";
    this.#back.disabled = true;
  }

  #takeBack() {
    this.#stop();
    this.#forget();
    this.#page.plate.back();
    this.#page.status.clear();
    this.#page.status.say("Back to the encoder\u2019s own numbers.");
    this.#go.focus();
  }
}

/** @param {string} text as colour inputs have it @returns {Uint8Array} */
function colourOf(text) {
  return Uint8Array.of(...[1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16)));
}
