// A training goes on while nobody looks: another tab is in front, really, so that the page is given no frames.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createServer } from "node:net";
import { chromium } from "playwright-core";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";
import { choose, number, offered, steps } from "./training.mjs";
import { by, PATIENCE, Visit } from "./visit.mjs";

test("a training goes on in a hidden tab, and shows where it is when it is seen again", async (context) => {
  const port = await freePort();
  const browser = await launch({ webgpu: false, args: [`--remote-debugging-port=${port}`] });
  context.after(() => browser.close());
  const server = await serve();
  context.after(() => server.close());
  // Playwright has every page believe that it is in front, except where it is told to change nothing.
  const window = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  const [tabs] = window.contexts();
  assert.ok(tabs, "Chromium has a window of its own");
  const page = await tabs.newPage();
  page.setDefaultTimeout(PATIENCE);
  const visit = new Visit(page);
  await page.goto(`${server.address}?device=cpu`);
  await visit.ready();
  await offered(visit);
  await choose(visit, { width: 2, batch: 2 });
  await page.click(by("train-start"));
  await steps(visit, 10);

  const other = await tabs.newPage();
  await other.bringToFront();
  await page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 100 });
  await page.evaluate(() => requestAnimationFrame(() => { document.body.dataset.frame = "drawn"; }));
  const left = await number(visit, "train-count");
  const curves = await label(visit);
  await page.waitForFunction((least) => Number((document.querySelector("[data-testid=train-count]")?.textContent ?? "").replace(",", "")) >= least, left + 100, { polling: 100 });
  assert.equal(await page.evaluate(() => document.body.dataset.frame), undefined, "the tab was given no frame meanwhile");
  assert.equal(await label(visit), curves, "what nobody sees is not drawn");

  await page.bringToFront();
  await page.waitForFunction(() => document.body.dataset.frame === "drawn");
  await page.click(by("train-start"));
  await page.waitForSelector(`#train[aria-busy=false] ${by("train-start")}:text("Go on")`);
  const taken = await number(visit, "train-count");
  assert.ok(taken >= left + 100, `step ${taken} after ${left}`);
  assert.match(await label(visit), new RegExp(`^${taken} steps\\.`), "the curves are those of now");
  assert.deepEqual(visit.errors, []);
  await window.close();
});

/** What the curves say to those who cannot see them. @param {Visit} visit */
async function label({ page }) {
  return await page.getAttribute("#curves-distance", "aria-label") ?? "";
}

/** @returns {Promise<number>} of 127.0.0.1, free a moment ago */
async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((closed) => server.close(closed));
  return port;
}
