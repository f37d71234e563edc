// Putting a part of one pin on another: what is seen is what the networks get, by pointer, finger and keyboard.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SIDE, draw, pixel, place } from "./canvas.mjs";
import { drawn, farthest, plain } from "./photos.mjs";
import { site } from "./site.mjs";
import { by, until, Visit } from "./visit.mjs";

const shared = site({ webgpu: true });
const GREY = 90;

describe("putting together", () => {
  /** @type {Visit} */ let visit;
  /** @type {number[]} */ let shirt;
  before(async () => {
    visit = await shared.open("cpu", { hasTouch: true });
    await opened(visit);
    shirt = await visit.picture("original");
  });
  after(() => visit?.close());

  test("begins with the chosen pin alone", async () => {
    assert.deepEqual(await visit.picture("patchwork-canvas"), shirt);
    assert.ok(await visit.page.isDisabled(by("patchwork-undo")));
  });

  test("the other's top is above, the first one below, and undo brings the first back", async () => {
    await remade(visit, () => visit.page.click(by("patchwork-top")));
    const both = await visit.picture("patchwork-canvas");
    assert.deepEqual(pixel(both, 32, 10).slice(0, 3), [GREY, GREY, GREY]);
    assert.deepEqual(both.slice(4 * SIDE * 34), shirt.slice(4 * SIDE * 34));
    await remade(visit, () => visit.page.click(by("patchwork-undo")));
    assert.deepEqual(await visit.picture("patchwork-canvas"), shirt);
  });

  test("its bottom and its sleeves are elsewhere", async () => {
    await remade(visit, () => visit.page.click(by("patchwork-bottom")));
    assert.deepEqual(pixel(await visit.picture("patchwork-canvas"), 32, 60).slice(0, 3), [GREY, GREY, GREY]);
    await remade(visit, () => visit.page.click(by("patchwork-sleeves")));
    const both = await visit.picture("patchwork-canvas");
    for (const x of [3, 60]) assert.deepEqual(pixel(both, x, 32).slice(0, 3), [GREY, GREY, GREY]);
    assert.deepEqual(pixel(both, 32, 32), pixel(shirt, 32, 32));
    await remade(visit, () => visit.page.click(by("patchwork-clear")));
    assert.deepEqual(await visit.picture("patchwork-canvas"), shirt);
  });

  test("a pointer paints, rubs out and moves", async () => {
    await stroke(visit, [[0.5, 0.3], [0.5, 0.6]]);
    const painted = await visit.picture("patchwork-canvas");
    for (const y of [20, 28, 38]) assert.deepEqual(pixel(painted, 32, y).slice(0, 3), [GREY, GREY, GREY], `at ${y}`);
    assert.deepEqual(pixel(painted, 5, 5), pixel(shirt, 5, 5));
    await visit.page.check(by("patchwork-move"), { force: true });
    await stroke(visit, [[0.5, 0.5], [0.75, 0.5]]);
    const moved = await visit.picture("patchwork-canvas");
    assert.deepEqual(pixel(moved, 48, 28).slice(0, 3), [GREY, GREY, GREY]);
    assert.deepEqual(pixel(moved, 32, 28), pixel(shirt, 32, 28));
    await remade(visit, () => visit.page.click(by("patchwork-undo")));
    assert.deepEqual(await visit.picture("patchwork-canvas"), painted, "one drag is undone at once");
    await visit.page.check(by("patchwork-erase"), { force: true });
    await stroke(visit, [[0.5, 0.2], [0.5, 0.7]]);
    assert.ok(farthest(await visit.picture("patchwork-canvas"), shirt) < farthest(painted, shirt));
    await visit.page.click(by("patchwork-clear"));
    await visit.page.check(by("patchwork-paint"), { force: true });
  });

  test("a finger paints", async () => {
    await remade(visit, async () => {
      const { x, y, width, height } = await place(visit, "patchwork-canvas");
      await visit.page.touchscreen.tap(x + 0.25 * width, y + 0.5 * height);
    });
    assert.deepEqual(pixel(await visit.picture("patchwork-canvas"), 16, 32).slice(0, 3), [GREY, GREY, GREY]);
    await visit.page.click(by("patchwork-clear"));
  });

  test("keys paint, undo and move", async () => {
    await visit.page.focus(by("patchwork-canvas"));
    await remade(visit, () => visit.page.keyboard.press("Space"));
    const painted = await visit.picture("patchwork-canvas");
    assert.notDeepEqual(painted, shirt);
    await visit.page.focus(by("patchwork-paint"));
    await visit.page.keyboard.press("ArrowRight");
    await visit.page.keyboard.press("ArrowRight");
    assert.ok(await visit.page.isChecked(by("patchwork-move")));
    await visit.page.focus(by("patchwork-canvas"));
    await remade(visit, () => visit.page.keyboard.press("ArrowRight"));
    assert.notDeepEqual(await visit.picture("patchwork-canvas"), painted);
    await visit.page.focus(by("patchwork-undo"));
    await remade(visit, () => visit.page.keyboard.press("Enter"));
    assert.deepEqual(await visit.picture("patchwork-canvas"), painted);
    await visit.page.check(by("patchwork-paint"), { force: true });
  });

  test("it is pinned, shared and shown as a photo, as the same numbers", async () => {
    await remade(visit, () => visit.page.click(by("patchwork-top")));
    await visit.quiet();
    const [both, made] = [await visit.picture("patchwork-canvas"), await visit.picture("patchwork-made")];
    await visit.page.click(by("patchwork-pin"));
    const last = `${by("pins")} li:last-child`;
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 3);
    assert.equal(await visit.page.getAttribute(`${last} .pin`, "title"), "drawn.png, with a part of plain-64x64.png");
    assert.deepEqual(await visit.page.$eval(`${last} canvas`, (canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]), made);
    assert.deepEqual(await visit.picture("patchwork-canvas"), both, "the next part goes onto what was pinned");
    const shown = await visit.reconstructs(() => visit.page.click(by("patchwork-show")));
    assert.deepEqual(shown.original, both);
    assert.ok(farthest(shown.reconstruction, made) <= 1);
    await visit.page.click("#tab-share");
    const link = await visit.page.inputValue(by("share-link"));
    const other = await Visit.open(shared.browser, link);
    await other.ready();
    await until(() => other.page.locator(`${by("pins")} .pin`).count(), (count) => count === 3, "three pins come back");
    await other.close();
    assert.deepEqual(visit.errors, []);
  });
});

test("on WebGPU both become one garment, too", async () => {
  const visit = await shared.open("webgpu");
  await opened(visit);
  await remade(visit, () => visit.page.click(by("patchwork-sleeves")));
  assert.deepEqual(visit.errors, []);
  await visit.close();
});

test("without two pins it says what is missing", async () => {
  const visit = await shared.open();
  await visit.page.click("#tab-patchwork");
  assert.ok(await visit.page.isVisible(by("patchwork-empty")));
  for (const sample of [0, 1]) await visit.page.click(`${by("samples")} .pin-it >> nth=${sample}`);
  assert.ok(await visit.page.isHidden(by("patchwork-empty")));
  await visit.page.click(`${by("pins")} .unpin >> nth=0`);
  assert.ok(await visit.page.isVisible(by("patchwork-empty")));
  await visit.close();
});

/** A grey picture and a shirt are pinned, the shirt last. @param {Visit} visit */
async function opened(visit) {
  await visit.reconstructs(() => visit.choose(plain(SIDE, SIDE, GREY)));
  await visit.shows("whole");
  await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 256, height: 256, type: "image/png" })));
  await remade(visit, () => visit.page.click("#tab-patchwork"));
}

/** Does something, and waits until the networks have made one garment of it. @param {Visit} visit @param {() => Promise<unknown>} act */
async function remade(visit, act) {
  const shown = () => visit.page.getAttribute(by("patchwork-made"), "data-shown");
  const before = await shown();
  await act();
  await until(shown, (now) => now !== before, "the garment is made anew");
  await visit.quiet();
}

/** Draws on both pictures with the mouse, and waits for what is made of it. @param {Visit} visit @param {[number, number][]} places as parts of the picture */
async function stroke(visit, places) {
  await remade(visit, () => draw(visit, "patchwork-canvas", places));
}
