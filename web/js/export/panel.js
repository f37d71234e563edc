// What is shown, as a file: choose a kind, wait or cancel.
import { hook, one, sentence } from "../dom.js";
import { save } from "../save.js";
import { DELAY, gif } from "./animation.js";
import { Cancelled, png } from "./pictures.js";
import { journey, sheet } from "./route.js";
import { RATE, video, videoCoding } from "./video.js";

/** More pictures make files that nobody wants to send. */
const MOST_PICTURES = 600;

export class ExportPanel {
  #page;
  #walk;
  #kind = hook("export-kind", HTMLSelectElement);
  #button = hook("export", HTMLButtonElement);
  #cancel = hook("export-cancel", HTMLButtonElement);
  #progress = hook("export-progress", HTMLProgressElement);
  /** @type {ReturnType<typeof videoCoding> | undefined} */ #video;
  /** @type {AbortController | undefined} */ #running;

  /** @param {import("../page.js").Page} page @param {import("../walk/panel.js").WalkPanel} walk */
  constructor(page, walk) {
    this.#page = page;
    this.#walk = walk;
    // Not before a hand comes: WebKitGTK's process for the page ends where it is asked while the page still loads.
    for (const hand of ["pointerenter", "focus"]) this.#kind.addEventListener(hand, () => void this.#coding());
    one("#walk-form", HTMLFormElement).addEventListener("input", () => this.#name());
    this.#button.addEventListener("click", () => void this.#export());
    this.#cancel.addEventListener("click", () => this.#running?.abort());
  }

  /** How this browser makes videos, which it is asked once. */
  #coding() {
    this.#video ??= this.#offerVideo();
    return this.#video;
  }

  async #offerVideo() {
    const option = one("#export-video", HTMLOptionElement);
    const coding = await videoCoding();
    if (coding) option.textContent = `Video (${coding.container === "mp4" ? "MP4" : "WebM"})`;
    else option.remove();
    return coding;
  }

  /** Between four there is no strip, but a grid. */
  #name() {
    one("#export-strip", HTMLOptionElement).textContent = this.#walk.settings.mode === "line" ? "Strip (PNG)" : "Grid (PNG)";
  }

  async #export() {
    const engine = this.#page.engine;
    if (!engine || !this.#walk.hasRoute || this.#running) return;
    this.#page.status.clear();
    this.#running = new AbortController();
    this.#show(true);
    try {
      const { file, name } = await this.#make(engine, this.#running.signal);
      save(file, name, file.type);
      this.#page.status.say(`${name} is saved: ${Math.max(1, Math.round(file.size / 1000)).toLocaleString("en")} kB.`);
    } catch (error) {
      if (error instanceof Cancelled) this.#page.status.say("The export was cancelled.");
      else this.#page.status.alert(sentence(error));
    }
    this.#running = undefined;
    this.#show(false);
  }

  /** @param {import("../engine.js").Engine} engine @param {AbortSignal} signal @returns {Promise<{ file: Blob, name: string }>} */
  async #make(engine, signal) {
    const { latent } = this.#walk;
    const onProgress = (/** @type {number} */ fraction) => { this.#progress.value = fraction; };
    const pictures = (/** @type {number} */ perSecond) => {
      const wanted = Math.round(this.#walk.seconds * perSecond);
      if (wanted > MOST_PICTURES) throw new Error(`This walk takes ${Math.round(this.#walk.seconds)} seconds, and an export up to ${Math.floor(MOST_PICTURES / perSecond)}: take pins away, or go faster.`);
      return journey(this.#walk, Math.max(2, wanted));
    };
    const kind = this.#kind.value;
    const coding = kind === "video" ? await this.#coding() : undefined;
    if (kind === "frame") {
      const { images } = await engine.ask("decode", this.#walk.now, false);
      return { file: await png(engine, images), name: "stylewalk.png" };
    }
    if (kind === "strip") {
      const { codes, columns, name } = await sheet(this.#walk);
      const { images } = await engine.ask("decode", codes, false);
      return { file: await png(engine, images, undefined, columns), name };
    }
    if (kind === "video" && coding) {
      return { file: await video(coding, engine, await pictures(RATE), latent, onProgress, signal), name: `stylewalk.${coding.container}` };
    }
    return { file: await gif(engine, await pictures(100 / DELAY), latent, onProgress, signal), name: "stylewalk.gif" };
  }

  /** @param {boolean} running */
  #show(running) {
    this.#progress.value = 0;
    const hadFocus = document.activeElement === (running ? this.#button : this.#cancel);
    this.#button.hidden = running;
    this.#cancel.hidden = this.#progress.hidden = !running;
    if (hadFocus) (running ? this.#cancel : this.#button).focus();
  }
}
