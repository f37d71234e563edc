// Keep this, change that: what is asked for by pointer, finger and keyboard is in the pictures that are found.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Layers } from "../../web/js/wish/layers.js";
import { SIDE, draw, pixel, place } from "./canvas.mjs";
import { drawn } from "./photos.mjs";
import { site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

const BLUE = /** @type {const} */ ([32, 64, 176]);

describe("wishes", () => {
  const shared = site({ webgpu: true });

  test("a colour of the whole garment, with candidates to choose from and to pin", async () => {
    const visit = await shared.open("cpu");
    await opened(visit);
    await asksForBlue(visit);
    const first = await visit.picture("reconstruction");
    await looks(visit);
    assert.equal(await visit.page.locator(`${by("wish-candidates")} .candidate`).count(), 4);
    const best = await visit.picture("reconstruction");
    const garment = inside(await visit.picture("original"));
    const mean = meanOf(best, garment);
    BLUE.forEach((asked, channel) => assert.ok(Math.abs((mean[channel] ?? 0) - asked) <= 24, `channel ${channel} is ${mean[channel]}, asked ${asked}`));
    const [before] = [meanOf(first, garment)];
    assert.ok(distance(mean, BLUE) < 0.3 * distance(before, BLUE), `${mean} after ${before}`);
    await visit.page.click(`${by("wish-candidates")} .candidate >> nth=2`);
    assert.notDeepEqual(await visit.picture("reconstruction"), best);
    assert.equal(await visit.page.getAttribute(`${by("wish-candidates")} .candidate >> nth=2`, "aria-pressed"), "true");
    const pins = await visit.page.locator(`${by("pins")} .pin`).count();
    await visit.page.click(`${by("wish-candidates")} .pin-it >> nth=1`);
    assert.equal(await visit.page.locator(`${by("pins")} .pin`).count(), pins + 1);
    await visit.page.click(by("wish-back"));
    assert.deepEqual(await visit.picture("reconstruction"), first);
    assert.equal(await visit.page.locator(`${by("wish-candidates")} .candidate`).count(), 0);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("what is painted shows, is undone, and says what may change", async () => {
    const visit = await shared.open("cpu", { hasTouch: true });
    await opened(visit);
    const photo = await visit.picture("wish-canvas");
    assert.deepEqual(photo, await visit.picture("original"));
    await draw(visit, "wish-canvas", [[0.3, 0.8], [0.7, 0.8]]);
    const painted = await visit.picture("wish-canvas");
    assert.notDeepEqual(pixel(painted, 32, 51), pixel(photo, 32, 51));
    assert.deepEqual(pixel(painted, 32, 10), pixel(photo, 32, 10));
    await visit.page.click(by("wish-undo"));
    assert.deepEqual(await visit.picture("wish-canvas"), photo);
    assert.ok(await visit.page.isDisabled(by("wish-undo")));
    // The keyboard: down, then a dab.
    await visit.page.focus(by("wish-canvas"));
    for (let step = 0; step < 10; step++) await visit.page.keyboard.press("ArrowDown");
    await visit.page.keyboard.press("Space");
    assert.notDeepEqual(await visit.picture("wish-canvas"), photo);
    await visit.page.click(by("wish-clear"));
    assert.deepEqual(await visit.picture("wish-canvas"), photo);
    // A finger.
    const { x, y, width, height } = await place(visit, "wish-canvas");
    await visit.page.touchscreen.tap(x + 0.5 * width, y + 0.5 * height);
    assert.notDeepEqual(pixel(await visit.picture("wish-canvas"), 32, 32), pixel(photo, 32, 32));
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("what was painted and rubbed out again counts as nothing painted", () => {
    const layers = new Layers(new Uint8ClampedArray(4 * SIDE * SIDE).fill(255));
    layers.dab("part", 32, 32, 8, true);
    assert.ok(layers.painted("part"));
    layers.dab("part", 32, 32, 32, false);
    assert.equal(layers.painted("part"), undefined);
    assert.equal(layers.painted("change"), undefined);
  });

  test("the part that is not to change stays as near as refining brings it, and the other may go", async () => {
    const visit = await shared.open("cpu");
    await opened(visit);
    await visit.page.selectOption(by("wish-count"), "1");
    await draw(visit, "wish-canvas", [[0.1, 0.7], [0.9, 0.7], [0.1, 0.85], [0.9, 0.85], [0.1, 0.95], [0.9, 0.95]]);
    await visit.page.check(by("wish-part"), { force: true });
    await draw(visit, "wish-canvas", [[0.3, 0.75], [0.7, 0.75], [0.3, 0.9], [0.7, 0.9]]);
    await asksForBlue(visit);
    const original = await visit.picture("original");
    const before = await visit.picture("reconstruction");
    await looks(visit);
    const after = await visit.picture("reconstruction");
    const [top, bottom] = [rows(0, 36), rows(44, 60).filter((at) => inside(original).includes(at))];
    assert.ok(error(original, after, top) <= error(original, before, top), "what was to stay is as near as before, or nearer");
    assert.ok(distance(meanOf(after, bottom), BLUE) < 0.4 * distance(meanOf(before, bottom), BLUE), "what was painted became bluer");
    // A pin is walked: it has one code, and looks as that does.
    const pins = await visit.page.locator(`${by("pins")} .pin`).count();
    await visit.page.click(`${by("wish-candidates")} .pin-it`);
    await visit.tells("status", /Two codes make that picture/);
    assert.equal(await visit.page.locator(`${by("pins")} .pin`).count(), pins + 1);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("an outline begins as the garment's own, and the garment gets the one that is drawn", async () => {
    const visit = await shared.open("cpu");
    await opened(visit);
    await visit.page.check(by("wish-outline"), { force: true });
    const own = await visit.picture("wish-canvas");
    const original = await visit.picture("original");
    const some = inside(original)[0] ?? 0;
    assert.notDeepEqual(own.slice(4 * some, 4 * some + 3), original.slice(4 * some, 4 * some + 3), "the garment is tinted");
    assert.deepEqual(pixel(own, 1, 1), pixel(original, 1, 1));
    await visit.page.check(by("wish-erase"), { force: true });
    const below = [[0.02, 0.75], [0.98, 0.75], [0.02, 0.85], [0.98, 0.85], [0.02, 0.95], [0.98, 0.95]];
    await draw(visit, "wish-canvas", /** @type {[number, number][]} */ (below));
    await visit.page.selectOption(by("wish-count"), "1");
    const before = await visit.picture("reconstruction");
    await looks(visit);
    const dark = (/** @type {number[]} */ picture) => inside(picture).filter((at) => at >= 50 * SIDE).length;
    const after = await visit.picture("reconstruction");
    assert.ok(dark(after) < 0.6 * dark(before), `${dark(after)} pixels below the outline, of ${dark(before)}`);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("a kind is offered where the model has its network, and its doubt is told; stopping and another photo end it", async () => {
    const visit = await shared.open("cpu");
    await opened(visit);
    await visit.page.selectOption(by("wish-count"), "1");
    await visit.page.waitForFunction((kind) => (/** @type {HTMLSelectElement | null} */ (document.querySelector(kind))?.options.length ?? 0) > 3, by("wish-kind"));
    await visit.page.selectOption(by("wish-kind"), "pants");
    await looks(visit);
    await visit.tells("wish-note", /the network for clothes says pants with \d+%/);
    const sure = Number.parseInt((await visit.text("wish-note")).match(/(\d+)%/)?.[1] ?? "0", 10);
    assert.ok(sure >= 50, `${sure} %`);
    await visit.page.click(by("wish-go"));
    await visit.page.click(by("wish-go"));
    await visit.tells("wish-go", "Look for it");
    await visit.page.click(by("wish-go"));
    const other = await visit.reconstructs(() => visit.page.click(by("drawn")));
    await visit.tells("wish-go", "Look for it");
    await visit.quiet();
    assert.deepEqual(await visit.picture("reconstruction"), other.reconstruction, "nothing late is painted over it");
    assert.equal(await visit.page.locator(`${by("wish-candidates")} .candidate`).count(), 0);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("another photo ends what is only being made ready", async () => {
    const visit = await shared.open("cpu");
    await opened(visit);
    /** @type {() => void} */ let release = () => {};
    const held = new Promise((resolve) => { release = () => resolve(undefined); });
    await visit.page.route("**/classifier.safetensors", async (route) => { await held; await route.continue(); });
    await visit.page.waitForFunction((kind) => (/** @type {HTMLSelectElement | null} */ (document.querySelector(kind))?.options.length ?? 0) > 3, by("wish-kind"));
    await visit.page.selectOption(by("wish-kind"), "pants");
    const asked = visit.page.waitForRequest("**/classifier.safetensors");
    await visit.page.click(by("wish-go"));
    await asked;
    const other = await visit.reconstructs(() => visit.page.click(by("drawn")));
    await visit.tells("wish-go", "Look for it");
    const come = visit.page.waitForResponse("**/classifier.safetensors");
    release();
    await (await come).finished();
    await visit.quiet();
    assert.deepEqual(await visit.picture("reconstruction"), other.reconstruction);
    assert.equal(await visit.text("wish-go"), "Look for it");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("on WebGPU", async () => {
    const visit = await shared.open("webgpu");
    await opened(visit);
    await visit.page.selectOption(by("wish-count"), "1");
    // A part: two codes.
    await visit.page.check(by("wish-part"), { force: true });
    await draw(visit, "wish-canvas", [[0.3, 0.75], [0.7, 0.75]]);
    await asksForBlue(visit);
    await visit.page.click(by("wish-go"));
    await visit.page.locator(`${by("wish-candidates")} .candidate`).waitFor();
    await visit.page.click(by("wish-go"));
    await visit.tells("wish-go", "Look for it");
    assert.equal(await visit.text("device"), "webgpu");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });
});

/** A drawn outfit is on the plate, and the panel is open. @param {Visit} visit */
async function opened(visit) {
  await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 256, height: 256, type: "image/png" })));
  await visit.page.click(`${by("wishes")} > summary`);
  await visit.quiet();
}

/** @param {Visit} visit */
async function asksForBlue(visit) {
  await visit.page.fill(by("wish-colour"), `#${BLUE.map((value) => value.toString(16).padStart(2, "0")).join("")}`);
  assert.ok(await visit.page.isChecked(by("wish-coloured")), "choosing a colour asks for it");
}

/** Looks for it until it ends by itself. @param {Visit} visit */
async function looks(visit) {
  await visit.page.click(by("wish-go"));
  await visit.tells("wish-go", "Stop");
  await visit.tells("wish-go", "Look for it");
}

/** Which pixels are no white ground. @param {number[]} picture RGBA */
function inside(picture) {
  return rows(0, SIDE).filter((at) => Math.min(...picture.slice(4 * at, 4 * at + 3)) < 225);
}

/** @param {number} from @param {number} to */
function rows(from, to) {
  return Array.from({ length: (to - from) * SIDE }, (_, at) => from * SIDE + at);
}

/** @param {number[]} picture RGBA @param {number[]} places */
function meanOf(picture, places) {
  return [0, 1, 2].map((channel) => places.reduce((sum, at) => sum + (picture[4 * at + channel] ?? 0), 0) / places.length);
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function distance(a, b) {
  return Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));
}

/** Mean squared error of some pixels. @param {number[]} a @param {number[]} b @param {number[]} places */
function error(a, b, places) {
  const squares = places.flatMap((at) => [0, 1, 2].map((channel) => ((a[4 * at + channel] ?? 0) - (b[4 * at + channel] ?? 0)) ** 2));
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}
