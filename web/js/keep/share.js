// The link that brings pins and walk back, on any machine that can open the page.
import { hook, sentence } from "../dom.js";
import { MAX_PINS } from "../pins/pins.js";
import { read, write } from "./link.js";

export class SharePanel {
  tab = "panel-share";
  #pins;
  #walk;
  #page;
  /** Where the generator's sha256 starts. */ #model = 0;
  #latent = 0;
  #link = hook("share-link", HTMLInputElement);

  /** @param {import("../page.js").Page} page @param {import("../walk/panel.js").WalkPanel} walk */
  constructor(page, walk) {
    this.#pins = page.pins;
    this.#walk = walk;
    this.#page = page;
    page.pins.addEventListener("change", () => this.refresh());
    hook("share-copy", HTMLButtonElement).addEventListener("click", () => void this.#copy());
    this.#link.addEventListener("focus", () => this.#link.select());
    const send = hook("share-send", HTMLButtonElement);
    send.hidden = !("share" in navigator);
    send.addEventListener("click", () => void this.#send());
    addEventListener("hashchange", () => void this.restore());
  }

  shown() {
    this.refresh();
  }

  /** The model that links are for. @param {import("../model/model.js").Model} model */
  modelCame({ card: { networks, files } }) {
    this.#latent = networks.latent;
    this.#model = parseInt(files[0].sha256.slice(0, 8), 16);
  }

  /** The link as it stands now. */
  refresh() {
    const empty = this.#pins.all.length === 0;
    hook("share-empty", HTMLElement).hidden = !empty;
    for (const name of ["share-link", "share-copy", "share-send"]) /** @type {HTMLInputElement | HTMLButtonElement} */ (hook(name, HTMLElement)).disabled = empty;
    this.#link.value = empty ? "" : this.#address();
  }

  /** Pins and walk of the address that the page was opened with. */
  async restore() {
    const text = location.hash.slice(1);
    const engine = this.#page.engine;
    if (!text || !engine) return;
    try {
      const { model, walk, codes } = read(text, this.#latent, MAX_PINS);
      const all = new Float32Array(codes.length * this.#latent);
      codes.forEach((code, index) => all.set(code, index * this.#latent));
      const { images } = await engine.ask("decode", all, false);
      this.#pins.clear();
      codes.forEach((code, index) => {
        const thumbnail = images[index];
        if (thumbnail) this.#pins.add({ name: `Pin ${index + 1}`, code, thumbnail });
      });
      this.#walk.settings = walk;
      await this.#walk.refresh();
      if (model === this.#model) this.#page.status.say(`The link's ${codes.length === 1 ? "pin is" : `${codes.length} pins are`} here.`);
      else this.#page.status.alert("The link was made with another model: its pictures may look different here.");
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
  }

  #address() {
    const address = new URL(location.href);
    address.hash = write({ model: this.#model, walk: this.#walk.settings, codes: this.#pins.all.map((pin) => pin.code) });
    return address.href;
  }

  async #copy() {
    this.refresh();
    this.#page.status.clear();
    try {
      await navigator.clipboard.writeText(this.#link.value);
      this.#page.status.say("The link is copied.");
    } catch {
      this.#link.select();
      this.#page.status.alert("The browser does not let the page copy: the link is marked, so copy it by hand.");
    }
  }

  async #send() {
    this.refresh();
    try {
      await navigator.share({ title: "stylewalk", url: this.#link.value });
    } catch (error) {
      // Closing the system's sheet is no error.
      if (!(error instanceof DOMException && error.name === "AbortError")) this.#page.status.alert(sentence(error));
    }
  }
}
