// For every hand, eye and screen: keyboard alone, screen readers, narrow screens, dark and light.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { launch } from "./chromium.mjs";
import { drawn } from "./photos.mjs";
import { serve } from "./server.mjs";
import { by, Visit } from "./visit.mjs";

describe("the page for everyone", () => {
  /** @type {import("playwright-core").Browser} */ let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */ let server;
  before(async () => {
    browser = await launch({ webgpu: false });
    server = await serve();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** @param {import("playwright-core").BrowserContextOptions} [options] */
  async function open(options) {
    const visit = await Visit.open(browser, `${server.address}?device=cpu`, options);
    await visit.ready();
    return visit;
  }

  test("the keyboard alone chooses a photo and asks for samples", async () => {
    const visit = await open();
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.page.keyboard.press("Tab");
    assert.equal(await focused(visit), "photo-input", "the first stop is the photo");
    const ring = await visit.page.$eval("#choose-label", (label) => getComputedStyle(label).outlineStyle);
    assert.equal(ring, "solid", "the label shows the focus of its input");
    await visit.reconstructs(async () => (await pressForChooser(visit)).setFiles(photo));
    const stops = [];
    for (let stop = 0; stop < 9; stop++) {
      await visit.page.keyboard.press("Tab");
      stops.push(await focused(visit));
    }
    // Camera and drawn outfit, refining between two things to unfold, the pin and its cross, the tabs as one stop, the panel.
    assert.deepEqual(stops, ["camera", "drawn", "SUMMARY", "refine", "SUMMARY", "BUTTON", "BUTTON", "BUTTON", "walk-samples"]);
    await visit.close();
  });

  test("a screen reader hears what is shown", async () => {
    const visit = await open();
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.reconstructs(() => visit.choose(photo));
    const original = visit.page.getByRole("img", { name: /^Your photo, drawn\.png/ });
    const reconstruction = visit.page.getByRole("img", { name: /^Its reconstruction from 100 numbers, \d+% real/ });
    assert.equal(await original.count(), 1);
    assert.equal(await reconstruction.count(), 1);
    assert.equal(await visit.page.getByRole("img", { name: /^Sample \d of 8/ }).count(), 8);
    assert.equal(await visit.page.getByRole("status").count(), 1, "one live region, so that nothing is said twice");
    await visit.tells("status", /^Reconstructed in .*\sdB\.$/);
    assert.equal(await visit.page.getByRole("button", { name: "New samples" }).count(), 1);
    await visit.close();
  });

  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`axe finds nothing to complain of in ${colorScheme}`, async () => {
      // axe is put in by the test's own browser context, past the page's policy.
      const visit = await open({ colorScheme, bypassCSP: true, reducedMotion: "reduce" });
      const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
      await visit.reconstructs(() => visit.choose(photo));
      await visit.page.addScriptTag({ content: await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8") });
      await visit.page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
      await complaints(visit, "with a photo");
      await visit.page.click(by("walk-samples"));
      await visit.page.click(by("walk-play"));
      await complaints(visit, "the walk");
      await visit.page.check(by("walk-corners"), { force: true });
      await complaints(visit, "the pad");
      await visit.page.click("#tab-change");
      await complaints(visit, "the change");
      await visit.page.click("#tab-share");
      await complaints(visit, "the link");
      await visit.page.click(by("crop"));
      await complaints(visit, "the cut");
      await visit.close();
    });
  }

  for (const width of [320, 360, 768, 1024, 1440]) {
    test(`nothing sticks out at ${width} pixels`, async () => {
      const visit = await open({ viewport: { width, height: 800 } });
      const pageWidth = () => visit.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(await pageWidth() <= width, `without a photo the page is ${await pageWidth()} pixels wide`);
      const photo = { ...await drawn(visit.page, { width: 200, height: 260, type: "image/png" }), name: `${"long".repeat(30)}.png` };
      await visit.reconstructs(() => visit.choose(photo));
      assert.ok(await pageWidth() <= width, `with a photo the page is ${await pageWidth()} pixels wide`);
      const boxes = await Promise.all(["original", "reconstruction"].map((hook) => visit.page.locator(by(hook)).boundingBox()));
      const [left, right] = boxes;
      assert.ok(left && right && left.y === right.y && left.x + left.width <= right.x, "photo and reconstruction are side by side");
      assert.ok(Math.abs(left.width - left.height) < 1, "and square");
      await visit.page.click(by("walk-samples"));
      for (const panel of ["walk", "change", "share"]) {
        await visit.page.click(`#tab-${panel}`);
        assert.ok(await pageWidth() <= width, `with the panel ${panel} the page is ${await pageWidth()} pixels wide`);
      }
      await visit.close();
    });
  }

  test("no style or script is inline, and no address is another's", async () => {
    const visit = await open();
    const found = await visit.page.evaluate(() => ({
      inline: document.querySelectorAll("script:not([src]), style, [style], [onclick]").length,
      elsewhere: performance.getEntriesByType("resource").filter((entry) => new URL(entry.name).origin !== location.origin).map((entry) => entry.name),
    }));
    assert.deepEqual(found, { inline: 0, elsewhere: [] });
    await visit.close();
  });

  test("nothing moves for those who asked for that", async () => {
    const visit = await open({ reducedMotion: "reduce" });
    const moving = await visit.page.evaluate(() => document.getAnimations().length);
    assert.equal(moving, 0);
    await visit.close();
  });
});

/** @param {Visit} visit @param {string} what */
async function complaints({ page }, what) {
  const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
  assert.deepEqual(violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.html).join(" ")}`), [], what);
}

/** @param {Visit} visit */
function focused({ page }) {
  return page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? document.activeElement?.tagName);
}

/** Presses Enter until the file dialog opens: on a busy machine Chromium may forget that a person asked. @param {Visit} visit */
async function pressForChooser({ page }) {
  for (let press = 0; press < 5; press++) {
    const chooser = page.waitForEvent("filechooser", { timeout: 5_000 }).catch(() => undefined);
    await page.keyboard.press("Enter");
    const opened = await chooser;
    if (opened) return opened;
  }
  assert.fail("no file dialog opened");
}
