// Putting together: a part of one pin on another, of which E and G make one garment while the hand moves; no gradients (Chai
// et al. 2021, "Using latent space regression to analyze and leverage compositionality in GANs").
import { brush } from "../brush/brush.js";
import { along } from "../brush/mask.js";
import { hook, one } from "../dom.js";
import { ribbon } from "../ribbon.js";
import { paint } from "../tiles.js";
import { Patchwork } from "./patchwork.js";

/** @typedef {import("../pins/pins.js").Pin} Pin */

export class PatchworkPanel {
  tab = "panel-patchwork";
  #page;
  #take;
  #pins;
  #from = hook("patchwork-from", HTMLSelectElement);
  #size = hook("patchwork-size", HTMLInputElement);
  #form = one("#patchwork-form", HTMLFormElement);
  #undo = hook("patchwork-undo", HTMLButtonElement);
  #canvas = hook("patchwork-canvas", HTMLCanvasElement);
  #made = hook("patchwork-made", HTMLCanvasElement);
  #needle = one("#patchwork-needle", HTMLElement);
  #stitch = ribbon(one("#patchwork-ribbon", HTMLCanvasElement), () => true);
  /** @type {Patchwork | undefined} */ #work;
  /** @type {import("../../wasm/viewer.js").Embedding | undefined} what is shown */ #shown;
  #working = false;
  #again = false;

  /**
   * @param {import("../page.js").Page} page
   * @param {(pixels: Uint8ClampedArray, name: string) => void} take shows a picture as the visitor's photo
   */
  constructor(page, take) {
    this.#page = page;
    this.#take = take;
    this.#pins = page.pins;
    page.pins.addEventListener("change", () => { if (!page.pins.coming) { this.#list(); this.#anew(); } });
    page.pins.addEventListener("choose", () => this.#anew());
    this.#from.addEventListener("change", () => this.#anew());
    this.#size.addEventListener("input", () => this.#measure());
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    for (const part of /** @type {const} */ (["top", "bottom", "sleeves"])) {
      hook(`patchwork-${part}`, HTMLButtonElement).addEventListener("click", () => this.#does((work) => work.take(part)));
    }
    hook("patchwork-clear", HTMLButtonElement).addEventListener("click", () => this.#does((work) => work.clear()));
    this.#undo.addEventListener("click", () => this.#does((work) => work.undo()));
    hook("patchwork-pin", HTMLButtonElement).addEventListener("click", () => this.#pin());
    hook("patchwork-show", HTMLButtonElement).addEventListener("click", () => this.#show());
    brush(this.#canvas, this.#needle, {
      begin: () => this.#work?.remember(),
      go: (to, from) => this.#does((work) => this.#stroke(work, to, from)),
      carries: () => this.#hand === "move",
    });
    this.#measure();
  }

  shown() {
    this.#anew();
  }

  deviceCame() {
    this.#anew();
  }

  /** What the hand does. @returns {"paint" | "erase" | "move"} */
  get #hand() {
    return hook("patchwork-move", HTMLInputElement).checked ? "move" : hook("patchwork-erase", HTMLInputElement).checked ? "erase" : "paint";
  }

  /** The pin that a part is taken from: another than the one that is worked on, if there is one. @returns {Pin | undefined} */
  get #other() {
    return this.#pins.all.find((pin) => String(pin.id) === this.#from.value);
  }

  /** The two pins, or other ones, or none. */
  #anew() {
    const base = this.#pins.chosen;
    if (this.#other === undefined || this.#other === base) this.#from.value = String(this.#pins.all.findLast((pin) => pin !== base)?.id ?? "");
    const patch = this.#other;
    hook("patchwork-empty", HTMLElement).hidden = patch !== undefined;
    one("#patchwork-work", HTMLElement).hidden = patch === undefined;
    if (!base || !patch) return;
    const pictures = /** @type {const} */ ([base.original ?? base.thumbnail, patch.original ?? patch.thumbnail]);
    if (this.#work) this.#work.of(...pictures);
    else this.#work = new Patchwork(...pictures);
    one("#patchwork-base", HTMLElement).textContent = base.name;
    one("#patchwork-name", HTMLElement).textContent = patch.name;
    void this.#refresh();
  }

  #list() {
    const chosen = this.#from.value;
    this.#from.replaceChildren(...this.#pins.all.map((pin) => new Option(pin.name, String(pin.id))));
    this.#from.value = chosen;
  }

  /** @param {(work: Patchwork) => void} act */
  #does(act) {
    if (!this.#work) return;
    act(this.#work);
    void this.#refresh();
  }

  /** @param {Patchwork} work @param {import("../brush/brush.js").Place} to @param {import("../brush/brush.js").Place} from */
  #stroke(work, to, from) {
    if (this.#hand === "move") return work.move(to.x - from.x, to.y - from.y);
    const radius = Number(this.#size.value) / 2;
    along(to, from, radius, (x, y) => work.dab(x, y, radius, this.#hand === "paint"));
  }

  #measure() {
    this.#needle.style.inlineSize = `${100 * Number(this.#size.value) / this.#canvas.width}%`;
  }

  /** Shows both at once, and what the networks make of them as soon as they can: only the last counts. */
  async #refresh() {
    const [engine, work] = [this.#page.engine, this.#work];
    // Nobody waits for a panel that is not shown.
    if (!engine || !work || one("#panel-patchwork", HTMLElement).hidden) return;
    this.#undo.disabled = !work.undoable;
    paint(this.#canvas, work.picture(), "Both pictures, one laid on the other. Arrow keys move the hand, or the part; the space bar paints.");
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    while (this.#again) {
      this.#again = false;
      await this.#rebuild(this.#page.engine ?? engine, this.#work ?? work);
    }
    this.#working = false;
  }

  /** @param {import("../engine.js").Engine} engine @param {Patchwork} work */
  async #rebuild(engine, work) {
    try {
      this.#shown = await engine.ask("rebuild", work.picture());
      paint(this.#made, this.#shown.picture, "One garment, made of both");
      this.#stitch(this.#shown.code);
      // Tests wait for it.
      this.#made.dataset.shown = String(Number(this.#made.dataset.shown ?? 0) + 1);
    } catch (error) {
      this.#page.status.failed(error, engine);
    }
  }

  #name() {
    return `${this.#pins.chosen?.name}, with a part of ${this.#other?.name}`;
  }

  #pin() {
    if (!this.#shown || !this.#work) return;
    const { code, picture } = this.#shown;
    const added = this.#pins.add({ name: this.#name(), code, thumbnail: picture, original: this.#work.picture() });
    if (!added) return this.#page.status.alert("The pins are full: take one away first.");
    // It has its part already.
    this.#does((work) => work.clear());
  }

  #show() {
    if (this.#work) this.#take(this.#work.picture(), this.#name());
  }
}
