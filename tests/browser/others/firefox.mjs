// Firefox as it is released, by WebDriver BiDi.
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { PATIENCE } from "../visit.mjs";

const executablePath = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

/** @type {import("./tab.js").Browser} */
export const firefox = {
  name: "Firefox",
  absent: !existsSync(executablePath) && "needs Firefox: install it, or name its program in FIREFOX",
  async open(folder) {
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      defaultViewport: { width: 1280, height: 900 },
      extraPrefsFirefox: {
        "browser.download.folderList": 2,
        "browser.download.dir": folder,
      },
      protocolTimeout: PATIENCE,
    });
    return new FirefoxTab(browser, await browser.newPage());
  },
};

/** @typedef {import("./tab.js").Tab} Tab @implements {Tab} */
class FirefoxTab {
  #browser;
  #page;

  /** @param {import("puppeteer-core").Browser} browser @param {import("puppeteer-core").Page} page */
  constructor(browser, page) {
    this.#browser = browser;
    this.#page = page;
    page.setDefaultTimeout(PATIENCE);
    page.setDefaultNavigationTimeout(PATIENCE);
  }

  /** @param {string} address */
  async goto(address) {
    await this.#page.goto(address);
  }

  /** @type {import("./tab.js").Tab["evaluate"]} */
  evaluate(act, ...given) {
    return /** @type {any} */ (this.#page.evaluate(/** @type {any} */ (act), ...given));
  }

  /** @param {string} selector */
  click(selector) {
    return this.#page.click(selector);
  }

  /** @param {string} selector @param {import("./tab.js").Key} key */
  async press(selector, key) {
    await this.#page.focus(selector);
    await this.#page.keyboard.press(key);
  }

  /** @param {string} selector @param {[number, number][]} places */
  async draw(selector, places) {
    const canvas = await this.#page.waitForSelector(selector);
    await canvas?.scrollIntoView();
    const box = await canvas?.boundingBox();
    if (!box) throw new Error(`${selector} is not visible`);
    const { mouse } = this.#page;
    for (const [index, [right, down]] of places.entries()) {
      await mouse.move(box.x + right * box.width, box.y + down * box.height, { steps: index === 0 ? 1 : 5 });
      if (index === 0) await mouse.down();
    }
    await mouse.up();
  }

  /** @param {string} selector @param {string[]} paths */
  async files(selector, paths) {
    const input = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement> | null} */ (await this.#page.$(selector));
    await input?.uploadFile(...paths);
  }

  close() {
    return this.#browser.close();
  }
}
