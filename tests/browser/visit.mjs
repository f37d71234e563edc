// What a visitor does with the page, by its hooks.
import assert from "node:assert/strict";

/** Long enough for an emulated graphics adapter on a busy machine. */
export const PATIENCE = 300_000;

/** @param {string} hook */
export const by = (hook) => `[data-testid=${hook}]`;

/**
 * Looks again until it holds: what a worker draws shows a moment after the page was told that it is drawn.
 * @template T
 * @param {() => Promise<T>} look
 * @param {(seen: T) => boolean} holds
 * @param {string} what said when it never does
 * @returns {Promise<T>}
 */
export async function until(look, holds, what) {
  const end = Date.now() + PATIENCE / 3;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > end) assert.fail(`${what}, at last: ${String(seen).slice(0, 200)}`);
    await new Promise((later) => setTimeout(later, 100));
  }
}

/** The picture of a canvas, whoever draws on it. To be called in the page. @param {Element} canvas @returns {number[]} RGBA */
export function pixelsOf(canvas) {
  const context = new OffscreenCanvas(64, 64).getContext("2d");
  context?.drawImage(/** @type {HTMLCanvasElement} */ (canvas), 0, 0);
  return [...context?.getImageData(0, 0, 64, 64).data ?? []];
}

/** Run in the page before its own scripts: `unanswered()` counts the requests that workers have not answered yet. */
function countRequests() {
  /** @type {Map<Worker, number>} */
  const waiting = new Map();
  const { postMessage, terminate } = Worker.prototype;
  Worker.prototype.postMessage = function (/** @type {any[]} */ ...message) {
    // The page's own listener is older, so that what it asks in reply to an answer is counted before the answer is.
    if (!waiting.has(this)) {
      // A worker that the page has ended in reply to this answer is not counted any more.
      this.addEventListener("message", ({ data }) => { if ("id" in data && waiting.has(this)) waiting.set(this, (waiting.get(this) ?? 0) - 1); });
    }
    waiting.set(this, (waiting.get(this) ?? 0) + 1);
    return postMessage.apply(this, /** @type {any} */ (message));
  };
  Worker.prototype.terminate = function () {
    waiting.delete(this);
    return terminate.apply(this);
  };
  Object.assign(window, { unanswered: () => [...waiting.values()].reduce((sum, count) => sum + count, 0) });
}

/** @typedef {{ pixels: number[], name: string }} Picture */
/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} PhotoFile */

export class Visit {
  /** @type {string[]} what the page wrote to the console as an error, and what it threw */ errors = [];

  /**
   * @param {import("playwright-core").Browser} browser
   * @param {string} address
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  static async open(browser, address, options = {}) {
    // A service worker keeps the page, of which only the tests about that should pay the time.
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, serviceWorkers: "block", ...options });
    await context.addInitScript(countRequests);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const visit = new Visit(page);
    await page.goto(address);
    return visit;
  }

  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.page = page;
    page.on("console", (message) => { if (message.type() === "error") this.errors.push(message.text()); });
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** The model is loaded and its first samples are shown. */
  async ready() {
    await this.page.waitForSelector(`${by("samples")} li`);
  }

  /**
   * Whatever the page has asked its workers is answered, and it has asked nothing in reply: nothing more will come of what
   * was done so far.
   */
  async quiet() {
    await this.page.waitForFunction(() => /** @type {any} */ (window).unanswered() === 0);
  }

  /** `auto` has made up its mind. */
  async settled() {
    await this.page.waitForFunction(() => {
      const why = document.querySelector("[data-testid=device-why]")?.textContent ?? "";
      return why !== "" && !why.includes("being timed");
    });
  }

  /** @param {string} hook @returns {Promise<string>} */
  async text(hook) {
    return (await this.page.textContent(by(hook)))?.trim() ?? "";
  }

  /** Waits until a text is this one: what the page does in answer to a hand may take a while. @param {string} hook @param {string | RegExp} expected */
  tells(hook, expected) {
    const holds = (/** @type {string} */ text) => (typeof expected === "string" ? text === expected : expected.test(text));
    return until(() => this.text(hook), holds, `${hook} never says ${expected}`);
  }

  /** Waits for an alert in `status`. @param {RegExp} expected */
  async alert(expected) {
    const alerting = () => this.page.$eval(by("status"), (line) => (line.getAttribute("role") === "alert" ? line.textContent?.trim() ?? "" : ""));
    const sentence = await until(alerting, (text) => expected.test(text), `no alert like ${expected}`);
    assert.match(sentence, /^\S.*[.]$/s, "a sentence ends with a full stop");
    return sentence;
  }

  /** @param {PhotoFile | PhotoFile[] | string} file bytes, or a path */
  async choose(file) {
    await this.page.setInputFiles(by("photo-input"), file);
  }

  /** Does something that shows a photo, and waits for the reconstruction. @param {() => Promise<unknown>} act */
  async reconstructs(act) {
    const before = await this.page.getAttribute(by("reconstruction"), "data-made");
    await act();
    await this.page.waitForFunction((old) => document.querySelector("[data-testid=reconstruction]")?.getAttribute("data-made") !== old, before);
    // D may come after the picture.
    await this.tells("score", /^\d{1,3}%$/);
    assert.match(await this.text("psnr"), /^(-?\d+\.\d\sdB|identical)$/);
    assert.match(await this.text("time"), /^[\d.,]+\sms$/);
    assert.match(await this.page.getAttribute(by("original"), "aria-label") ?? "", /^Your photo/);
    return { original: await this.picture("original"), reconstruction: await this.picture("reconstruction"), latent: await this.latent() };
  }

  /** Of the photo that is shown, and of those to come; nothing changes where the model sees whole photos only. @param {"garment" | "whole"} subject */
  async shows(subject) {
    const choice = by(`subject-${subject}`);
    if (await this.page.isHidden(by("subject")) || await this.page.isChecked(choice)) return;
    await this.reconstructs(() => this.page.check(choice, { force: true }));
  }

  /** @param {string} hook @returns {Promise<number[]>} RGBA of a 64x64 canvas */
  async picture(hook) {
    return this.page.$eval(by(hook), (canvas) => {
      const context = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
      return [...context?.getImageData(0, 0, 64, 64).data ?? []];
    });
  }

  async latent() {
    return (await this.text("latent")).split(" ").map(Number);
  }

  /**
   * Drops files or folders as a hand would: the browser itself reads them.
   * @param {string[]} paths
   * @param {string} [hook]
   * @param {() => Promise<void>} [over] done while they are held over the page
   */
  async drop(paths, hook = "drop-zone", over = async () => {}) {
    const place = this.page.locator(by(hook));
    await place.scrollIntoViewIfNeeded();
    const box = await place.boundingBox();
    assert.ok(box, `${hook} is visible`);
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const session = await this.page.context().newCDPSession(this.page);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    /** @param {"dragEnter" | "dragOver" | "drop"} type */
    const drag = (type) => session.send("Input.dispatchDragEvent", { type, ...at, data });
    await drag("dragEnter");
    await drag("dragOver");
    // A browser drops only where the page has answered that it takes the drag; a hand is slow enough for that.
    await this.page.waitForSelector(".dragging");
    await drag("dragOver");
    await over();
    await drag("drop");
    await session.detach();
  }

  /** The page still does its work. @param {PhotoFile} photo */
  async usable(photo) {
    await this.reconstructs(() => this.choose(photo));
    assert.equal(await this.page.getAttribute(by("status"), "role"), "status", "the old error is gone");
    await this.samples();
  }

  /** Asks for new samples and waits for them. */
  async samples() {
    const before = await this.page.$eval(`${by("samples")} canvas`, (canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
    await this.page.click(by("sample"));
    await this.page.waitForFunction((old) => {
      const canvas = document.querySelector("[data-testid=samples] canvas");
      return canvas instanceof HTMLCanvasElement && canvas.toDataURL() !== old;
    }, before);
  }

  async close() {
    await this.page.context().close();
  }
}
