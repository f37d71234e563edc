// Changing style: moves a pin's code along directions that have a name, or by the difference between two other pins.
import { hook, one, sentence } from "../dom.js";
import { ribbon } from "../ribbon.js";
import { Stage } from "../stage.js";
import { directionsIn } from "./directions.js";

/**
 * How the chosen pin is changed.
 * @typedef {object} Changes
 * @property {Record<string, number>} amounts  by a direction's name, in standard deviations
 * @property {number} from  the place of a pin whose difference to another is added, or -1
 * @property {number} to  that of the other
 * @property {number} amount  of the difference
 */

/** Standard deviations to either side. Beyond, codes are so unlike any photo's that pictures fall apart. */
const REACH = 3;

export class ChangePanel {
  tab = "panel-change";
  #pins;
  #page;
  #stage;
  #stitch = ribbon(one("#change-ribbon", HTMLCanvasElement), () => true);
  #from = hook("transfer-from", HTMLSelectElement);
  #to = hook("transfer-to", HTMLSelectElement);
  #amount = hook("transfer-amount", HTMLInputElement);
  /** @type {HTMLInputElement[]} */ #sliders = [];
  /** @type {string[]} the directions' names, in the order of their sliders */ #names = [];
  /** What sliders that are still to come are to say. @type {Record<string, number>} */ #wanted = {};
  /** @type {Float32Array} */ #now = new Float32Array();
  #working = false;
  #again = false;

  /** @param {import("../page.js").Page} page */
  constructor(page) {
    this.#pins = page.pins;
    this.#page = page;
    this.#stage = new Stage(one("#change-frame", HTMLElement), picture);
    page.pins.addEventListener("change", () => { if (!page.pins.coming) { this.#list(); void this.refresh(); } });
    page.pins.addEventListener("choose", () => this.reset());
    one("#change-form", HTMLFormElement).addEventListener("input", () => void this.refresh());
    one("#change-form", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
    hook("change-reset", HTMLButtonElement).addEventListener("click", () => this.reset());
    hook("change-pin", HTMLButtonElement).addEventListener("click", () => void this.#pin());
  }

  shown() {
    void this.#page.engine?.bring("directions");
    void this.refresh();
  }

  deviceCame() {
    void this.refresh();
  }

  /** Offers nothing yet: directions come when they are needed. @param {import("../model/model.js").Model} model */
  modelCame(model) {
    this.#offer([]);
    one("#change-none", HTMLElement).hidden = model.parts.directions !== undefined;
    if (!one("#panel-change", HTMLElement).hidden) void this.#page.engine?.bring("directions");
  }

  /** @param {import("../model/model.js").Part} part */
  async partCame(part) {
    const model = await this.#page.engine?.model;
    const name = model?.parts.directions;
    if (part === "directions" && model && name) this.#offer(directionsIn(await model.file(name)));
  }

  /** @param {import("./directions.js").Direction[]} directions in the order of their file */
  #offer(directions) {
    this.#sliders = directions.map((direction) => slider(direction));
    this.#names = directions.map(({ name }) => name);
    this.#turn();
    for (const kind of ["colour", "garment"]) {
      const rows = directions.flatMap((direction, index) => (direction.kind === kind ? [row(direction, this.#sliders[index])] : []));
      one(`#change-${kind}`, HTMLElement).replaceChildren(...rows);
      one(`#change-${kind}-part`, HTMLElement).hidden = rows.length === 0;
    }
    void this.refresh();
  }

  /** @returns {Changes} */
  get changes() {
    const place = (/** @type {HTMLSelectElement} */ { value }) => this.#pins.all.findIndex(({ id }) => String(id) === value);
    const amounts = this.#sliders.flatMap(({ value }, index) => (Number(value) === 0 ? [] : [[this.#names[index], Number(value)]]));
    return {
      amounts: this.#sliders.length > 0 ? Object.fromEntries(amounts) : this.#wanted,
      from: place(this.#from),
      to: place(this.#to),
      amount: Number(this.#amount.value),
    };
  }

  /** @param {Changes} changes */
  set changes({ amounts, from, to, amount }) {
    this.#wanted = amounts;
    this.#turn();
    this.#from.value = String(this.#pins.all[from]?.id ?? "");
    this.#to.value = String(this.#pins.all[to]?.id ?? "");
    this.#amount.value = String(amount);
    void this.refresh();
  }

  /** Turns the sliders to what they are to say. */
  #turn() {
    this.#sliders.forEach((slider, index) => { slider.value = String(this.#wanted[this.#names[index] ?? ""] ?? 0); });
  }

  /** Everything back to the pin as it is. */
  reset() {
    this.#wanted = {};
    for (const slider of [...this.#sliders, this.#amount]) slider.value = slider.defaultValue;
    this.#from.value = this.#to.value = "";
    void this.refresh();
  }

  /** Shows the changed picture; while one is being made, only the last change counts. */
  async refresh() {
    const [engine, pin] = [this.#page.engine, this.#pins.chosen];
    hook("change-empty", HTMLElement).hidden = pin !== undefined;
    one("#change-work", HTMLElement).hidden = pin === undefined;
    // A panel that is not shown has no size, and nobody waits for it.
    if (!engine || !pin || one("#panel-change", HTMLElement).hidden) return;
    this.#describe(pin);
    this.#again = true;
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#now = await this.#changed(engine, this.#pins.chosen ?? pin);
        await this.#stage.show(engine, this.#now);
        this.#stitch(this.#now);
        this.#stage.canvas?.setAttribute("aria-label", `${this.#pins.chosen?.name ?? pin.name}, changed`);
        // Tests wait for it.
        const { dataset } = one("#change-frame", HTMLElement);
        dataset.shown = String(Number(dataset.shown ?? 0) + 1);
      }
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
    this.#working = false;
  }

  /** @param {import("../engine.js").Engine} engine @param {import("../pins/pins.js").Pin} pin */
  async #changed(engine, pin) {
    const amounts = Float32Array.from(this.#sliders, (slider) => Number(slider.value));
    const code = amounts.some((amount) => amount !== 0) ? await engine.ask("shift", pin.code, amounts) : pin.code;
    const [from, to] = [this.#chosen(this.#from), this.#chosen(this.#to)];
    if (!from || !to) return code;
    return engine.ask("transfer", code, from.code, to.code, Number(this.#amount.value));
  }

  /** @param {HTMLSelectElement} select */
  #chosen(select) {
    return this.#pins.all.find((pin) => String(pin.id) === select.value);
  }

  /** @param {import("../pins/pins.js").Pin} pin */
  #describe(pin) {
    one("#change-name", HTMLElement).textContent = pin.name;
    for (const slider of this.#sliders) slider.setAttribute("aria-valuetext", amount(Number(slider.value)));
  }

  #list() {
    for (const select of [this.#from, this.#to]) {
      const chosen = select.value;
      const options = this.#pins.all.map((pin) => new Option(pin.name, String(pin.id)));
      select.replaceChildren(new Option("a pin", ""), ...options);
      if (this.#pins.all.some((pin) => String(pin.id) === chosen)) select.value = chosen;
    }
  }

  async #pin() {
    const [engine, pin] = [this.#page.engine, this.#pins.chosen];
    if (!engine || !pin || this.#now.length === 0) return;
    try {
      const code = this.#now.slice();
      const { images: [thumbnail] } = await engine.ask("decode", code, false);
      const added = thumbnail && this.#pins.add({ name: `${pin.name.replace(/, changed$/, "")}, changed`, code, thumbnail });
      if (!added) this.#page.status.alert("The pins are full: take one away first.");
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
  }
}

/** @param {import("./directions.js").Direction} direction */
function slider({ name }) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: String(-REACH), max: String(REACH), step: "0.1", value: "0", defaultValue: "0" });
  input.id = `direction-${name.replace(/\W+/g, "-")}`;
  input.dataset.testid = input.id;
  return input;
}

/** @param {import("./directions.js").Direction} direction @param {HTMLInputElement | undefined} slider */
function row({ name, kind, less, more }, slider) {
  const label = document.createElement("label");
  label.htmlFor = slider?.id ?? "";
  label.textContent = name;
  const ends = kind === "colour" ? [less, more] : ["less", "more"];
  const place = document.createElement("div");
  place.className = "dial";
  place.append(label, ...(slider ? [slider] : []), ...ends.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  return place;
}

/** @param {number} deviations */
function amount(deviations) {
  return deviations === 0 ? "as it is" : `${Math.abs(deviations)} ${deviations < 0 ? "less" : "more"}`;
}

function picture() {
  const canvas = document.createElement("canvas");
  canvas.dataset.testid = "change-canvas";
  canvas.width = canvas.height = 64;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The changed picture");
  return canvas;
}
