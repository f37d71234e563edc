// The walk: from pin to pin, or between four of them, on one picture.
import { canvas as pictureOf, hook, one } from "../dom.js";
import { ribbon } from "../ribbon.js";
import { Stage } from "../stage.js";
import { Pad } from "./pad.js";
import { Player } from "./player.js";
import { WalkForm } from "./settings.js";
import { Strip } from "./strip.js";

/** Frames of a route in a second: as many as screens show. */
const FRAMES = 60;

export class WalkPanel {
  tab = "panel-walk";
  #pins;
  #page;
  #form = new WalkForm(() => void this.refresh());
  #stage;
  #strip;
  #pad = new Pad(hook("walk-pad", HTMLElement), () => void this.#mix());
  #player = new Player((frame) => this.#draw(this.#code(frame), frame), (frame, playing) => this.#showPlace(frame, playing));
  #stitch = ribbon(one("#walk-ribbon", HTMLCanvasElement), () => true);
  #position = hook("walk-position", HTMLInputElement);
  /** @type {Float32Array} codes of the whole route, one a frame */ #codes = new Float32Array();
  #latent = 0;
  /** @type {Float32Array} what is on the stage */ #now = new Float32Array();
  /** @type {(code: Float32Array) => void} another picture is on the stage */ onPicture = () => {};
  /** Grows with every route: an older one that arrives late is dropped. */ #turn = 0;
  #mixing = false;
  #moved = false;

  /** @param {import("../page.js").Page} page */
  constructor(page) {
    this.#pins = page.pins;
    this.#page = page;
    this.#stage = new Stage(one("#walk-frame", HTMLElement), () => this.#picture("walk-canvas", "The walk's picture"));
    this.#strip = new Strip(one("#walk-strip", HTMLElement), (fraction) => this.#seek(fraction), () => this.#picture("walk-strip", "Pictures of the walk, from first to last"));
    page.pins.addEventListener("change", () => { if (!page.pins.coming) void this.refresh(); });
    hook("walk-play", HTMLButtonElement).addEventListener("click", () => (this.#player.playing ? this.#player.pause() : this.#player.play()));
    this.#position.addEventListener("input", () => this.#player.seek(Number(this.#position.value)));
  }

  get settings() {
    return { ...this.#form.settings, across: this.#pad.across, down: this.#pad.down };
  }

  /** @param {import("./settings.js").WalkSettings & { across: number, down: number }} settings */
  set settings({ across, down, ...form }) {
    this.#form.settings = form;
    this.#pad.move(across, down);
  }

  /** Whether there is a walk to show. */
  get hasRoute() {
    return this.#codes.length > this.#latent;
  }

  /** Numbers of one code. */
  get latent() {
    return this.#latent;
  }

  /** The code of the picture that is shown. */
  get now() {
    return this.#now;
  }

  /** Codes of `count` pictures from first to last, evenly. @param {number} count */
  evenly(count) {
    const frames = this.#frames;
    const closed = this.#form.settings.loop;
    const at = (/** @type {number} */ index) => Math.min(frames - 1, Math.round((index * (closed ? frames : frames - 1)) / (closed ? count : Math.max(1, count - 1))));
    const codes = new Float32Array(count * this.#latent);
    for (let index = 0; index < count; index++) codes.set(this.#code(at(index)), index * this.#latent);
    return codes;
  }

  /** Codes at places between four pins, each 0 to 1. @param {{ across: number, down: number }[]} places */
  async between(places) {
    const engine = this.#page.engine;
    const codes = new Float32Array(places.length * this.#latent);
    const corners = this.#pins.codes(this.#corner());
    for (const [index, { across, down }] of places.entries()) codes.set((await engine?.ask("mix", corners, across, down)) ?? [], index * this.#latent);
    return codes;
  }

  /** How long what is saved takes, in seconds: the whole walk, or once round the edge between four. */
  get seconds() {
    const { mode, seconds } = this.#form.settings;
    return mode === "corners" ? 4 * seconds : this.#frames / FRAMES;
  }

  /** Begins the walk, unless its pins or the tab have gone meanwhile. */
  play() {
    if (this.#pins.all.length > 1 && !one("#panel-walk", HTMLElement).hidden) this.#player.play();
  }

  shown() {
    void this.refresh();
  }

  deviceCame() {
    void this.refresh();
  }

  left() {
    this.#player.pause();
  }

  /** After a change of pins or settings: the new route, its strip, the corners. */
  async refresh() {
    const { mode, interpolation, easing, loop, seconds } = this.#form.settings;
    const enough = this.#pins.all.length > 1;
    hook("walk-empty", HTMLElement).hidden = enough;
    one("#walk-work", HTMLElement).hidden = !enough;
    one("#walk-frame", HTMLElement).dataset.mode = mode;
    for (const part of document.querySelectorAll("[data-only]")) /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-only") !== mode;
    const turn = ++this.#turn;
    const engine = this.#page.engine;
    if (!enough) this.#player.pause();
    // While another tab is shown there is no work: `shown` calls again.
    if (!enough || !engine || one("#panel-walk", HTMLElement).hidden) return;
    try {
      const stops = this.#pins.codes();
      const latent = stops.length / this.#pins.all.length;
      const codes = await engine.ask("walk", { stops, latent, interpolation, easing, closed: loop, steps: Math.round(FRAMES * seconds) });
      if (turn !== this.#turn) return;
      [this.#codes, this.#latent] = [codes, latent];
      this.#position.max = String(this.#frames - 1);
      this.#corners();
      if (mode === "corners") {
        this.#player.pause();
        await this.#mix();
      } else {
        this.#player.set({ frames: this.#frames, closed: loop });
      }
      await this.#strip.show(engine, this.evenly(this.#strip.count));
    } catch (error) {
      this.#page.status.failed(error, engine);
    }
  }

  get #frames() {
    return this.#latent > 0 ? this.#codes.length / this.#latent : 0;
  }

  /** @param {number} frame */
  #code(frame) {
    return this.#codes.subarray(frame * this.#latent, (frame + 1) * this.#latent);
  }

  /** @param {number} fraction of the walk, 0 to 1 */
  #seek(fraction) {
    this.#player.seek(Math.round(fraction * (this.#frames - 1)));
  }

  /** The four pins at the corners; with fewer, the first ones once more. */
  #corners() {
    const pins = this.#corner();
    for (const [index, place] of [...document.querySelectorAll("#walk-frame .corner")].entries()) {
      const pin = pins[index];
      if (pin) place.replaceChildren(pictureOf(pin.thumbnail));
    }
  }

  #corner() {
    const pins = this.#pins.all;
    return [0, 1, 2, 3].map((corner) => pins[corner] ?? pins[corner % Math.max(1, pins.length)]).filter((pin) => pin !== undefined);
  }

  /** The pad's picture; while one is being made, the hand may go on, and only its last place counts. */
  async #mix() {
    const engine = this.#page.engine;
    if (this.#form.settings.mode !== "corners" || !engine || this.#pins.all.length < 2) return;
    this.#moved = true;
    if (this.#mixing) return;
    this.#mixing = true;
    while (this.#moved) {
      this.#moved = false;
      const corners = this.#pins.codes(this.#corner());
      try {
        await this.#draw(await engine.ask("mix", corners, this.#pad.across, this.#pad.down));
      } catch (error) {
        this.#page.status.failed(error, engine);
      }
    }
    this.#mixing = false;
  }

  /** @param {Float32Array} code @param {number} [frame] none between four pins */
  async #draw(code, frame) {
    const engine = this.#page.engine;
    if (!engine || code.length === 0) return;
    try {
      await this.#stage.show(engine, code);
      this.#now = code;
      this.#stitch(code);
      this.onPicture(code);
      // Tests wait for it.
      const { dataset } = one("#walk-frame", HTMLElement);
      dataset.frame = String(frame ?? "");
      dataset.shown = String(Number(dataset.shown ?? 0) + 1);
    } catch (error) {
      this.#player.pause();
      this.#page.status.failed(error, engine);
    }
  }

  /** @param {number} frame @param {boolean} playing */
  #showPlace(frame, playing) {
    const play = hook("walk-play", HTMLButtonElement);
    if (play.getAttribute("aria-pressed") !== String(playing)) {
      play.setAttribute("aria-pressed", String(playing));
      play.textContent = playing ? "Pause" : "Play";
    }
    this.#position.value = String(frame);
    this.#position.setAttribute("aria-valuetext", `${(frame / FRAMES).toFixed(1)} of ${(this.#frames / FRAMES).toFixed(1)} seconds`);
  }

  /** @param {string} name @param {string} label */
  #picture(name, label) {
    const canvas = document.createElement("canvas");
    canvas.dataset.testid = name;
    canvas.width = canvas.height = 64;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    return canvas;
  }
}
