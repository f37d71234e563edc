// Chromium's graphics process ends, as it does with a driver's mistake: every canvas loses what is on it, and the page
// shows it again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch } from "./chromium.mjs";
import { drawn, farthest } from "./photos.mjs";
import { serve } from "./server.mjs";
import { by, pixelsOf, until, Visit } from "./visit.mjs";

for (const device of ["cpu", "webgpu"]) {
  test(`on ${device}, pictures come back when the graphics process ends`, async (context) => {
    const browser = await launch({ webgpu: device === "webgpu" });
    context.after(() => browser.close());
    const server = await serve();
    context.after(() => server.close());
    const visit = await Visit.open(browser, `${server.address}?device=${device}`);
    await visit.ready();
    await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));
    await visit.page.click(by("walk-samples"));
    await visit.page.waitForSelector(`${by("walk-play")}[aria-pressed=true]`);
    await visit.page.click(by("walk-play"));
    await visit.page.waitForSelector(`${by("walk-play")}[aria-pressed=false]`);
    const before = await until(() => pictures(visit), settled(), "the page shows pictures");
    await visit.page.$eval(by("original"), (canvas) => {
      canvas.addEventListener("contextlost", () => { canvas.setAttribute("data-lost", "yes"); });
    });

    const hands = await browser.newBrowserCDPSession();
    // It has no answer: who would give it is gone.
    hands.send("Browser.crashGpuProcess").catch(() => {});
    await visit.page.waitForSelector(`${by("original")}[data-lost=yes]`);
    if (device === "webgpu") await visit.alert(/graphics device was lost.*goes on with the CPU/);

    // Rounded to 255 steps, and on another device than before where that was the graphics adapter.
    const same = (/** @type {number[][]} */ after) => after.length === before.length && after.every((picture, index) => farthest(picture, before[index] ?? []) <= 2);
    await until(() => pictures(visit), same, "the same pictures come back");
    await visit.usable(await drawn(visit.page, { width: 300, height: 200, type: "image/png" }));
    assert.deepEqual(visit.errors, []);
  });
}

/** What is seen of the page's canvases. @param {Visit} visit @returns {Promise<number[][]>} */
async function pictures({ page }) {
  const all = [".plate .frame canvas", `${by("pins")} canvas`, `${by("samples")} canvas`, by("walk-canvas"), by("walk-strip")];
  const canvases = await page.locator(all.join(", ")).all();
  return Promise.all(canvases.map((canvas) => canvas.evaluate(pixelsOf)));
}

/** Nothing is blank, and nothing changes any more. */
function settled() {
  /** @type {number[][]} */
  let last = [];
  return (/** @type {number[][]} */ seen) => {
    const still = seen.length === last.length && seen.every((picture, index) => farthest(picture, last[index] ?? []) === 0);
    last = seen;
    return still && seen.every((picture) => picture.some((value) => value > 0));
  };
}
