// For every hand, eye and screen: keyboard alone, screen readers, narrow screens, dark and light.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { drawn } from "./photos.mjs";
import { site } from "./site.mjs";
import { choose, offered, steps } from "./training.mjs";
import { by } from "./visit.mjs";

/** @typedef {import("./visit.mjs").Visit} Visit */
/** @typedef {{ display: string, text: string, package: string }} Fonts the package is Debian's */

/** Fonts that a page may really be set in, one wider than the other: which are at hand differs from machine to machine. */
const NARROW = { display: "Liberation Serif", text: "Liberation Sans", package: "fonts-liberation" };
const WIDE = { display: "DejaVu Serif", text: "DejaVu Sans", package: "fonts-dejavu-core" };

const LAYOUTS = /** @type {const} */ ([[NARROW, "light"], [WIDE, "dark"]]);

describe("the page for everyone", () => {
  const shared = site({ webgpu: false });

  test("the keyboard alone chooses a photo and asks for samples", async () => {
    const visit = await shared.open();
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    for (const stop of ["pixels", "photo-input"]) {
      await visit.page.keyboard.press("Tab");
      assert.equal(await focused(visit), stop);
    }
    const ring = await visit.page.$eval("#choose-label", (label) => getComputedStyle(label).outlineStyle);
    assert.equal(ring, "solid", "the label shows the focus of its input");
    await visit.reconstructs(async () => (await pressForChooser(visit)).setFiles(photo));
    const stops = [];
    for (let stop = 0; stop < 19; stop++) {
      await visit.page.keyboard.press("Tab");
      stops.push(await focused(visit));
    }
    // Camera, drawn outfit and three photos to try, refining and wishes between things to unfold, what can be taken along, the pin and its
    // cross, the tabs as one stop, the panel.
    const taken = ["take-picture", "take-picture-copy", "take-numbers", "take-numbers-copy"];
    assert.deepEqual(stops, ["camera", "drawn", "BUTTON", "BUTTON", "BUTTON", "SUMMARY", "refine", "SUMMARY", "SUMMARY", "SUMMARY", ...taken, "pins-clear", "BUTTON", "BUTTON", "BUTTON", "walk-samples"]);
    await visit.close();
  });

  test("a screen reader hears what is shown", async () => {
    const visit = await shared.open();
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
      const visit = await shared.open("cpu", { colorScheme, bypassCSP: true, reducedMotion: "reduce" });
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

  for (const [fonts, colorScheme] of LAYOUTS) {
    for (const width of [320, 390, 768, 1280]) {
      test(`nothing sticks out at ${width} pixels in ${fonts.text}, ${colorScheme}`, async (t) => {
        const visit = await shared.open("cpu", { viewport: { width, height: 800 }, colorScheme });
        if (!await setIn(visit, fonts)) return t.skip(`${fonts.text} and ${fonts.display} are not installed: install ${fonts.package}`);
        await fits(visit, "without a photo");
        const photo = { ...await drawn(visit.page, { width: 200, height: 260, type: "image/png" }), name: `${"long".repeat(30)}.png` };
        await visit.reconstructs(() => visit.choose(photo));
        await fits(visit, "with a photo");
        const boxes = await Promise.all(["original", "reconstruction"].map((hook) => visit.page.locator(by(hook)).boundingBox()));
        const [left, right] = boxes;
        assert.ok(left && right);
        if (width < 768) assert.ok(left.x === right.x && left.y + left.height <= right.y, "the reconstruction stands below the photo");
        else assert.ok(left.y === right.y && left.x + left.width <= right.x, "photo and reconstruction are side by side");
        assert.ok(Math.abs(left.width - left.height) < 1, "and square");
        await visit.page.click(by("refine"));
        await visit.tells("refine-note", /^Refined/);
        await visit.page.click(by("refine"));
        await visit.page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
        await visit.page.click(by("walk-samples"));
        for (const panel of ["walk", "change", "share"]) {
          await visit.page.click(`#tab-${panel}`);
          await fits(visit, `with pins and the panel ${panel}`);
        }
        await offered(visit);
        await choose(visit, { width: 1, batch: 2 });
        await visit.page.click(by("train-step"));
        await steps(visit, 1);
        await fits(visit, "with a training");
        await visit.page.click(by("crop"));
        await fits(visit, "with a dialog");
        await visit.close();
      });
    }
  }

  test("no style or script is inline, and no address is another's", async () => {
    const visit = await shared.open();
    const found = await visit.page.evaluate(() => ({
      // The needle of the brush follows a hand, by the page's own script.
      inline: document.querySelectorAll("script:not([src]), style, [style]:not(.needle), [onclick]").length,
      elsewhere: performance.getEntriesByType("resource").filter((entry) => new URL(entry.name).origin !== location.origin).map((entry) => entry.name),
    }));
    assert.deepEqual(found, { inline: 0, elsewhere: [] });
    await visit.close();
  });

  test("nothing moves for those who asked for that", async () => {
    const visit = await shared.open("cpu", { reducedMotion: "reduce" });
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

/** Sets the page in these fonts. @param {Visit} visit @param {Fonts} fonts @returns {Promise<boolean>} whether they are installed */
async function setIn({ page }, { display, text }) {
  await page.evaluate(([display, text]) => {
    document.documentElement.style.setProperty("--display", `"${display}"`);
    document.documentElement.style.setProperty("--text", `"${text}"`);
  }, [display, text]);
  const session = await page.context().newCDPSession(page);
  await session.send("DOM.enable");
  await session.send("CSS.enable");
  const { root } = await session.send("DOM.getDocument");
  const found = await Promise.all([[".standfirst", display], [".assurances", text]].map(async ([part = "", family]) => {
    const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector: part });
    const { fonts } = await session.send("CSS.getPlatformFontsForNode", { nodeId });
    return fonts.every(({ familyName }) => familyName === family);
  }));
  await session.detach();
  return found.every(Boolean);
}

/** Nothing is wider than the page, and captions stay below their own picture. @param {Visit} visit @param {string} when */
async function fits({ page }, when) {
  const { wide, out } = await page.evaluate(() => {
    const right = (/** @type {Element} */ element) => element.getBoundingClientRect().right;
    const captions = [...document.querySelectorAll(".tile figcaption *")].filter((part) => right(part) > right(part.closest(".tile") ?? part) + 0.5);
    return { wide: document.documentElement.scrollWidth - innerWidth, out: captions.map((part) => part.textContent) };
  });
  assert.ok(wide <= 0, `${when} the page is ${wide} pixels wider than its window`);
  assert.deepEqual(out, [], `${when} captions stick out of their tile`);
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
