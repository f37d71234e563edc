// A direction that nobody has named: its slider, a strip of what it does to the pin, and a place for a name.
import { Stage } from "../stage.js";
import { REACH, dial, slider, tell } from "./slider.js";

/** @typedef {import("./directions.js").Direction} Direction */

/** What the strip shows, in standard deviations. */
const AMOUNTS = Float32Array.of(-REACH, -REACH / 2, 0, REACH / 2, REACH);

export class Trial {
  direction;
  /** @type {HTMLElement} */ place;
  #slider;
  #name = document.createElement("input");
  #strip = document.createElement("div");
  #stage;
  /** @type {Float32Array} */ #step;
  /** @type {Float32Array | undefined} the code that the strip is of */ #shown;

  /** @param {Direction} direction @param {() => void} moved the slider was moved by a hand on the strip */
  constructor(direction, moved) {
    const { name, less, more } = direction;
    this.direction = direction;
    this.#step = Float32Array.from(direction.step);
    this.#slider = slider(`unnamed-${name.replace(" ", "-")}`, `unnamed-${name}`);
    tell(this.#slider);
    Object.assign(this.#name, { type: "text", className: "link", placeholder: "Name it", maxLength: 40, autocomplete: "off" });
    this.#name.setAttribute("aria-label", `A name for ${name}`);
    this.#name.dataset.testid = `name-${name.replace(" ", "-")}`;
    this.#strip.className = "strip";
    this.#strip.addEventListener("click", (event) => { this.#seek(event); moved(); });
    this.#stage = new Stage(this.#strip, () => canvas(`${name}, from less to more`));
    this.place = dial(name, this.#slider, [less, more]);
    this.place.classList.add("trial");
    this.place.firstElementChild?.after(this.#name, this.#strip);
  }

  /** What the visitor calls it; empty until then. */
  get name() {
    return this.#name.value.trim();
  }

  get step() {
    return this.#step;
  }

  /** How far the code goes along it. */
  get amount() {
    return Number(this.#slider.value);
  }

  reset() {
    this.#slider.value = this.#slider.defaultValue;
  }

  tell() {
    tell(this.#slider);
  }

  /** What was drawn is gone with its device. */
  forget() {
    this.#shown = undefined;
  }

  /** Shows the strip, unless it is there. @param {import("../engine.js").Engine} engine @param {import("../pins/pins.js").Pin} pin */
  async show(engine, pin) {
    if (this.#shown === pin.code) return;
    await this.#stage.show(engine, await engine.ask("along", pin.code, this.#step, AMOUNTS), AMOUNTS.length);
    this.#shown = pin.code;
    this.#stage.canvas?.setAttribute("aria-label", `${pin.name} along ${this.direction.name}, from less to more`);
    // Tests wait for it.
    this.#strip.dataset.of = String(pin.id);
  }

  /** @param {MouseEvent} event */
  #seek(event) {
    const box = this.#strip.getBoundingClientRect();
    const picture = Math.floor(((event.clientX - box.left) / box.width) * AMOUNTS.length);
    this.#slider.value = String(AMOUNTS[Math.min(Math.max(picture, 0), AMOUNTS.length - 1)]);
  }
}

/** @param {string} name */
function canvas(name) {
  const made = document.createElement("canvas");
  made.width = 64 * AMOUNTS.length;
  made.height = 64;
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", name);
  return made;
}
