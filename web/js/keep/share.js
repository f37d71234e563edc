// The link that brings pins and walk back, on any machine that can open the page. Where there are pins already, the visitor
// is asked what becomes of them.
import { hook, one, sentence } from "../dom.js";
import { MAX_PINS } from "../pins/pins.js";
import { read, write } from "./link.js";

/** More letters than many messengers send in one piece. */
const LONG = 16_000;

export class SharePanel {
  tab = "panel-share";
  #pins;
  #walk;
  #page;
  /** Where the generator's sha256 starts. */ #model = 0;
  #latent = 0;
  /** The link that was taken or refused last: it is not asked about again. */ taken = "";
  /** @type {() => void} it is another one */ onTaken = () => {};
  #link = hook("share-link", HTMLInputElement);

  /** @param {import("../page.js").Page} page @param {import("../walk/panel.js").WalkPanel} walk */
  constructor(page, walk) {
    this.#pins = page.pins;
    this.#walk = walk;
    this.#page = page;
    page.pins.addEventListener("change", () => { if (!page.pins.coming) this.refresh(); });
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
    const length = this.#link.value.length;
    hook("share-long", HTMLElement).hidden = length < LONG;
    hook("share-long", HTMLElement).textContent = `This link has ${length.toLocaleString("en")} letters, and many messengers cut it off: take pins away, or send it by mail.`;
  }

  /** Pins and walk of the address that the page was opened with. */
  async restore() {
    const text = location.hash.slice(1);
    const engine = this.#page.engine;
    if (!text || !engine || text === this.taken) return;
    try {
      const { model, walk, codes } = read(text, this.#latent, MAX_PINS);
      const way = await this.#ask(codes.length);
      this.taken = text;
      this.onTaken();
      if (way === "leave") return;
      const pins = [];
      // One by one: other requests wait shortly, and many take no more memory than one.
      for (const [index, code] of codes.entries()) {
        const { images: [thumbnail] } = await engine.ask("decode", code, false);
        if (thumbnail) pins.push({ name: `Pin ${index + 1}`, code, thumbnail });
      }
      if (way === "add") {
        const left = pins.filter((pin) => !this.#pins.add(pin)).length;
        if (left > 0) this.#page.status.alert(`The board holds ${MAX_PINS} pins: ${left} of the link\u2019s found no room.`);
      } else {
        this.#walk.settings = walk;
        this.#pins.replace(pins);
        await this.#walk.refresh();
      }
      if (model === this.#model) this.#page.status.say(`The link's ${codes.length === 1 ? "pin is" : `${codes.length} pins are`} here.`);
      else this.#page.status.alert("The link was made with another model: its pictures may look different here.");
    } catch (error) {
      this.#page.status.alert(sentence(error));
    }
  }

  /** What is to become of the pins that are here. @param {number} coming how many the link brings @returns {Promise<string>} "add", "replace" or "leave" */
  async #ask(coming) {
    const here = this.#pins.all.length;
    if (here === 0) return "replace";
    const pins = (/** @type {number} */ many) => (many === 1 ? "1 pin" : `${many} pins`);
    hook("link-question", HTMLElement).textContent = `It brings ${pins(coming)}, and you have ${pins(here)} here.`;
    const dialog = one("#link-dialog", HTMLDialogElement);
    dialog.returnValue = "";
    if (!dialog.open) dialog.showModal();
    await new Promise((closed) => dialog.addEventListener("close", () => closed(undefined), { once: true }));
    return dialog.returnValue || "leave";
  }

  /** The device is everybody's own matter. */
  #address() {
    const address = new URL(location.href);
    address.searchParams.delete("device");
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
