// The page under a hand: how often two pins become one garment while a part is dragged, how often a walk shows a picture with
// the nearest photographs beside it, and how long the page's own thread is kept busy meanwhile. On the CPU, with the published
// model.
import { launch } from "../../browser/chromium.mjs";
import { by, Visit } from "../../browser/visit.mjs";
import { serve } from "./server.mjs";

/** How long each lasts. */
const SECONDS = 5;

/** What was seen of one. `times` are from picture to picture, `longest` the longest task of the page's thread, all in ms. @typedef {{ what: string, times: number[], longest: number }} Live */

/** @param {import("./run.mjs").Settings} settings @returns {Promise<Live[]>} */
export async function live({ page: folder, chromiumArgs }) {
  const server = await serve({ ours: folder });
  const browser = await launch({ webgpu: false, args: chromiumArgs });
  try {
    const visit = await Visit.open(browser, `${server.address}/ours/index.html?device=cpu`);
    const { page } = visit;
    await visit.ready();
    for (const example of [0, 1]) await visit.reconstructs(() => page.click(`${by("examples")} button >> nth=${example}`));
    return [await composites(visit), await walk(visit)];
  } finally {
    await browser.close();
    await server.close();
  }
}

/** @param {Visit} visit */
async function composites({ page }) {
  await page.click("#tab-patchwork");
  await page.click(by("patchwork-top"));
  await page.check(by("patchwork-move"), { force: true });
  const box = await page.locator(by("patchwork-canvas")).boundingBox();
  if (!box) throw new Error("there is no canvas to drag on");
  const [x, y, far] = [box.x + box.width / 2, box.y + box.height / 4, box.width / 4];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const seen = watched(page, by("patchwork-made"));
  for (const end = Date.now() + 1000 * SECONDS; Date.now() < end;) {
    const turn = Date.now() / 300;
    await page.mouse.move(x + far * Math.cos(turn), y + far * Math.sin(turn));
  }
  await page.mouse.up();
  return { what: "composites", ...await seen };
}

/** @param {Visit} visit */
async function walk({ page }) {
  await page.click("#tab-walk");
  if (await page.isVisible(by("walk-nearest"))) await page.click(`${by("walk-nearest")} summary`);
  await page.click(by("walk-play"));
  const seen = await watched(page, "#walk-frame");
  await page.click(by("walk-play"));
  return { what: "walk", ...seen };
}

/** For that long, when `data-shown` of an element changes, and what keeps the page busy. @param {Visit["page"]} page @param {string} selector @returns {Promise<Omit<Live, "what">>} */
function watched(page, selector) {
  return page.evaluate(async ({ selector, milliseconds }) => {
    /** @type {number[]} */
    const shown = [];
    /** @type {number[]} */
    const busy = [];
    const look = new MutationObserver(() => shown.push(performance.now()));
    look.observe(/** @type {Element} */ (document.querySelector(selector)), { attributes: true, attributeFilter: ["data-shown"] });
    const tasks = new PerformanceObserver((list) => busy.push(...list.getEntries().map(({ duration }) => duration)));
    tasks.observe({ type: "longtask" });
    await new Promise((done) => setTimeout(done, milliseconds));
    look.disconnect();
    tasks.disconnect();
    // Browsers tell of tasks of 50 ms and more.
    return { times: shown.slice(1).map((time, index) => time - (shown[index] ?? time)), longest: Math.max(0, ...busy) };
  }, { selector, milliseconds: 1000 * SECONDS });
}
