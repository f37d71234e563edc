// <style-walk model="weights/" device="auto">: takes a photo by drop or choice, and shows it beside what the model makes of it.
import { whole } from "../js/status.js";
import { paint } from "../js/tiles.js";
import { load } from "./load.js";
import { sheet } from "./style.js";

/** @typedef {import("./stylewalk.d.ts").Model} Model */

export class StyleWalk extends HTMLElement {
  static observedAttributes = ["model", "device"];

  #input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*,.heic,.heif,.avif" });
  #drop = part("label", "drop", this.#input, "Drop a photo of clothes here, or choose one");
  #original = tile("original", "Your photo");
  #rebuilt = tile("reconstruction", "From the numbers");
  #pictures = part("div", "pictures", this.#original.figure, this.#rebuilt.figure);
  #status = part("p", "status");
  /** @type {AbortController | undefined} while the element is in a document */ #opened;
  /** @type {Promise<Model> | undefined} none after a failure: the next photo tries again */ #model;
  /** Grows with every photo: an answer to an older one is dropped. */ #turn = 0;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [sheet()];
    this.#status.setAttribute("role", "status");
    this.#status.setAttribute("aria-live", "polite");
    root.append(this.#drop, this.#pictures, this.#status);
    this.#input.addEventListener("change", () => {
      this.#take(this.#input.files);
      this.#input.value = ""; // so that choosing the same file again counts as a change
    });
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.#drop.part.add("dragging");
    });
    this.addEventListener("dragleave", () => this.#drop.part.remove("dragging"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#drop.part.remove("dragging");
      this.#take(event.dataTransfer?.files);
    });
  }

  connectedCallback() {
    this.#opened = new AbortController();
    const mine = this.#turn;
    this.loaded.then(() => this.#say("Ready for a photo.", mine), (error) => this.#fail(error, mine));
  }

  disconnectedCallback() {
    this.#opened?.abort();
    this.#opened = undefined;
    this.#model?.then((model) => model.close(), () => {});
    this.#model = undefined;
    this.#turn++;
    this.#busy(false);
  }

  attributeChangedCallback() {
    if (!this.#opened) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }

  /** @returns {Promise<Model>} */
  get loaded() {
    this.#model ??= this.#load(this.#opened?.signal);
    return this.#model;
  }

  /** @param {AbortSignal | undefined} signal */
  async #load(signal) {
    this.#say("The model is on its way.", this.#turn);
    try {
      const url = this.getAttribute("model");
      if (url === null) throw new Error("<style-walk> has no model: name the address of its directory in the attribute model.");
      // What the attribute says is checked where it is used.
      const device = /** @type {any} */ (this.getAttribute("device") ?? "auto");
      return await load(url, { device, signal });
    } catch (error) {
      if (!signal?.aborted) this.#model = undefined;
      throw error;
    }
  }

  /** @param {FileList | null | undefined} files */
  #take(files) {
    const file = files?.[0];
    if (file) void this.show(file);
    else this.#fail("That was not a file: drop a photo (JPEG, PNG or WebP).", this.#turn);
  }

  /** @param {File} photo */
  async show(photo) {
    const mine = ++this.#turn;
    this.#busy(true);
    try {
      const model = await this.loaded;
      this.#say("The photo is being rebuilt.", mine);
      const made = await model.reconstruct(photo).catch((error) => { throw new Error(`${photo.name}: ${error.message}`); });
      if (mine !== this.#turn) return;
      paint(this.#original.canvas, made.original.data, `Your photo, ${photo.name}${made.cutOut ? ", its garment alone on white" : ""}, at ${made.original.width} by ${made.original.width} pixels`);
      paint(this.#rebuilt.canvas, made.reconstruction.data, `Its reconstruction from ${made.code.length} numbers`);
      this.#say(`Rebuilt from ${made.code.length} numbers${Number.isFinite(made.psnr) ? `, at ${made.psnr.toFixed(1)}\u00a0dB` : ""}.`, mine);
      this.dispatchEvent(new CustomEvent("reconstruction", { detail: made, bubbles: true, composed: true }));
    } catch (error) {
      this.#fail(error, mine);
    }
    if (mine === this.#turn) this.#busy(false);
  }

  /** @param {string} sentence @param {number} turn it is about */
  #say(sentence, turn) {
    if (turn !== this.#turn) return;
    this.#status.part.remove("error");
    this.#status.textContent = sentence;
  }

  /** @param {unknown} error @param {number} turn it is about */
  #fail(error, turn) {
    if (turn !== this.#turn) return;
    this.#status.part.add("error");
    this.#status.textContent = whole(error instanceof Error ? error.message : String(error));
  }

  /** @param {boolean} busy */
  #busy(busy) {
    this.#pictures.setAttribute("aria-busy", String(busy));
  }
}

/** An element with what is in it. @param {string} tag @param {string} name that pages style it by @param {(Node | string)[]} children */
function part(tag, name, ...children) {
  const element = document.createElement(tag);
  element.part.add(name);
  element.append(...children);
  return element;
}

/** A place for a picture. @param {string} name @param {string} caption */
function tile(name, caption) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${caption}: nothing yet`);
  canvas.part.add("picture");
  return { canvas, figure: part("figure", name, canvas, part("figcaption", "caption", caption)) };
}

if (!customElements.get("style-walk")) customElements.define("style-walk", StyleWalk);
