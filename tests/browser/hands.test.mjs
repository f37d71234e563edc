// Fingers, forced colours, still pictures, and dialogs that close: what only some visitors meet.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawn } from "./photos.mjs";
import { site } from "./site.mjs";
import { by } from "./visit.mjs";

/** @typedef {import("./visit.mjs").Visit} Visit */

/** What a finger needs, in CSS pixels. */
const FINGER = 44;

describe("hands and eyes", () => {
  const shared = site({ webgpu: false });

  for (const width of [320, 390]) {
    test(`every target has 44 pixels for a finger, at ${width} pixels`, async () => {
      const visit = await shared.open("cpu", { viewport: { width, height: 800 }, hasTouch: true, isMobile: true });
      await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));
      await visit.page.click(by("walk-samples"));
      await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 4);
      await visit.page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
      for (const panel of ["walk", "change", "patchwork", "share"]) {
        await visit.page.click(`#tab-${panel}`);
        assert.deepEqual(await small(visit), [], `with the panel ${panel}`);
        const wide = await visit.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `with the panel ${panel} the page is ${wide} pixels wider than its window`);
      }
      await visit.close();
    });
  }

  test("where the system forces its colours, what is chosen still differs from what is not", async () => {
    const visit = await shared.open("cpu", { forcedColors: "active" });
    await visit.page.click(by("walk-samples"));
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 4);
    await visit.page.click(by("walk-play"));
    const pairs = [
      ["#tab-walk", "#tab-change", "border-block-end-color"],
      ["[data-testid=walk-line] + span", "[data-testid=walk-corners] + span", "background-color"],
      ["[data-testid=pins] li:last-child .pin", "[data-testid=pins] li:first-child .pin", "outline-style"],
    ];
    for (const [chosen = "", other = "", property = ""] of pairs) {
      const [is, isNot] = await Promise.all([chosen, other].map((selector) => visit.page.$eval(selector, (element, property) => getComputedStyle(element).getPropertyValue(property), property)));
      assert.notEqual(is, isNot, `${property} of ${chosen} and ${other}`);
    }
    await visit.close();
  });

  test("who asked for stillness gets a walk that waits", async () => {
    const visit = await shared.open("cpu", { reducedMotion: "reduce" });
    await visit.page.click(by("walk-samples"));
    await visit.page.waitForSelector("#walk-frame[data-shown]");
    await visit.quiet();
    assert.equal(await visit.page.getAttribute(by("walk-play"), "aria-pressed"), "false");
    await visit.page.click(by("walk-play"));
    await visit.tells("walk-play", "Pause");
    await visit.close();
  });

  for (const way of ["crop-use", "crop-leave"]) {
    test(`the dialog that cuts closes by ${way}, whatever the browser thinks of its fields`, async () => {
      const visit = await shared.open();
      await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 300, height: 257, type: "image/png" })));
      await visit.page.click(by("crop"));
      // WebKit takes the size that the page sets for one that its limits exclude.
      await visit.page.$eval(by("crop-size"), (size) => /** @type {HTMLInputElement} */ (size).setCustomValidity("no such size"));
      await visit.page.click(by(way));
      await visit.page.waitForSelector("#crop-dialog", { state: "hidden" });
      await visit.close();
    });
  }
});

/** Targets that are smaller than a finger, with their sizes; words in a line of text are none. @param {Visit} visit */
function small({ page }) {
  return page.evaluate((finger) => {
    const targets = [...document.querySelectorAll("button, summary, select, label.button, input:not(.visually-hidden), .choice span, .pad")];
    return targets.flatMap((target) => {
      // A label that holds a box is the target, and so is what lies over one that is not seen.
      const seen = target.closest(".option, .check, .choice label") ?? target;
      const { width, height } = seen.getBoundingClientRect();
      if (width === 0 || (width >= finger - 0.5 && height >= finger - 0.5)) return [];
      return [`${target.getAttribute("data-testid") ?? target.className ?? target.tagName} ${target.textContent?.trim().slice(0, 20)}: ${Math.round(width)}x${Math.round(height)}`];
    });
  }, FINGER);
}
