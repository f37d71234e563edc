// A contestant in a tab of its own, without anything that another tab has cached.

/** @typedef {Awaited<ReturnType<typeof import("../../browser/chromium.mjs").launch>>} Browser */
/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./contestants.mjs").Workload} Workload */

/** Ten minutes: an emulated adapter needs half a minute for some of these. */
const PATIENCE = 600_000;

export class Tab {
  /** @type {Set<string>} what was asked for, as paths */ files = new Set();

  /**
   * @param {Browser} browser
   * @param {string} address
   * @param {Contestant} contestant
   * @param {"cold" | "inference" | "training"} purpose
   */
  static async open(browser, address, { module, device }, purpose) {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const tab = new Tab(page);
    await page.goto(`${address}/page/index.html?contestant=${module}&device=${device}&for=${purpose}`);
    return tab;
  }

  /** @param {Awaited<ReturnType<Browser["newPage"]>>} page */
  constructor(page) {
    this.page = page;
    page.on("response", (response) => this.files.add(new URL(response.url()).pathname));
  }

  /** Waits until the networks are loaded. */
  ready() {
    return this.page.evaluate(() => bench.ready());
  }

  /** @returns {Promise<number>} milliseconds from the navigation to the first reconstruction */
  async cold() {
    return await this.page.evaluate(() => bench.cold) ?? NaN;
  }

  /** @param {Workload} workload @returns {Promise<number>} milliseconds */
  time({ kind, count }) {
    return this.page.evaluate(({ kind, count }) => bench.time(kind, count), { kind, count });
  }

  /** @param {Workload} workload @returns {Promise<number[]>} what comes out */
  values({ kind, count }) {
    return this.page.evaluate(({ kind, count }) => bench.values(kind, count), { kind, count });
  }

  async close() {
    await this.page.context().close();
  }
}
