// Changing style along directions, taking a part of a photo, the camera, and photo over reconstruction.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { drawn, farthest, quarterTurn } from "./photos.mjs";
import { serve } from "./server.mjs";
import { flipped, site } from "./site.mjs";
import { by, pixelsOf, until, Visit } from "./visit.mjs";

const shared = site({ webgpu: true });

describe("changing a photo", () => {
  /** @type {Visit} */ let visit;
  /** @type {import("./visit.mjs").PhotoFile} */ let outfit;
  before(async () => {
    visit = await shared.open();
    outfit = await drawn(visit.page, { width: 300, height: 400, type: "image/png" });
  });
  after(() => visit?.close());

  test("brightness makes its picture lighter and darker, and starting over brings it back", async () => {
    const { reconstruction } = await visit.reconstructs(() => visit.choose(outfit));
    await visit.page.click("#tab-change");
    await visit.page.waitForSelector(by("change-canvas"));
    await settled(visit);
    await shows(visit, reconstruction);
    const lighter = await moved(visit, () => visit.page.fill(by("direction-brightness"), "2"));
    const darker = await moved(visit, () => visit.page.fill(by("direction-brightness"), "-2"));
    assert.ok(brightness(lighter) > brightness(reconstruction) + 5, `${brightness(lighter)} after ${brightness(reconstruction)}`);
    assert.ok(brightness(darker) < brightness(reconstruction) - 5, `${brightness(darker)} after ${brightness(reconstruction)}`);
    await visit.page.click(by("change-reset"));
    await shows(visit, reconstruction);
  });

  test("by keyboard, and a changed picture is pinned", async () => {
    await visit.page.focus(by("direction-warmth"));
    const one = await moved(visit, () => visit.page.keyboard.press("End"));
    await visit.page.focus(by("change-pin"));
    await visit.page.keyboard.press("Enter");
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 2);
    const pinned = await visit.page.$eval(`${by("pins")} li:last-child canvas`, (canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]);
    assert.ok(farthest(pinned, one) <= 1);
    assert.equal(await visit.page.getAttribute(`${by("pins")} li:last-child .pin`, "title"), "drawn.png, changed");
    await until(() => visit.page.inputValue(by("direction-warmth")), (value) => value === "0", "sliders begin anew at the new pin");
  });

  test("a garment has a slider", async () => {
    await visit.page.click("#change-garment-part summary");
    const before = await pinned(visit, 1);
    await shows(visit, before);
    const after = await moved(visit, () => visit.page.fill("#change-garment input >> nth=0", "3"));
    assert.ok(farthest(before, after) > 5);
    await moved(visit, () => visit.page.click(by("change-reset")));
  });

  test("what leads from one pin to another leads there", async () => {
    // The second pin is chosen; from it back to the first is the first.
    await visit.page.click("#change-form details:last-of-type summary");
    await visit.page.selectOption(by("transfer-from"), { index: 2 });
    await visit.page.selectOption(by("transfer-to"), { index: 1 });
    // Up to what rounds to the other byte.
    await shows(visit, await visit.page.$eval(`${by("pins")} canvas`, pixelsOf));
    assert.deepEqual(visit.errors, []);
  });

  test("a model without directions offers the rest", async () => {
    const rigged = await serve({ "/weights/model.json": (file) => JSON.stringify({ ...JSON.parse(file.toString()), directions: undefined }) });
    const other = await Visit.open(shared.browser, `${rigged.address}?device=cpu`);
    await other.ready();
    await other.page.click("#tab-change");
    await other.page.click(`${by("samples")} .pin-it`);
    await other.page.waitForSelector("text=ships no directions");
    assert.equal(await other.page.locator(".dial").count(), 0);
    await other.close();
    await rigged.close();
  });

  test("damaged directions are told like damaged weights", async () => {
    const rigged = await serve({ "/weights/directions.json": (file) => file.toString().replace("e", "f") });
    const other = await Visit.open(shared.browser, `${rigged.address}?device=cpu`);
    await other.alert(/directions\.json is damaged.*sha256/);
    await other.close();
    await rigged.close();
  });
});

describe("directions without names", () => {
  /** @type {Visit} */ let visit;
  before(async () => {
    visit = await shared.open();
    await visit.page.click(`${by("samples")} .pin-it`);
    await visit.page.click("#tab-change");
    await settled(visit);
  });
  after(() => visit?.close());

  test("are looked for when their fold is opened, each with a strip of the pin", async () => {
    assert.equal(await visit.page.locator(".trial").count(), 0);
    await visit.page.focus("#change-unnamed summary");
    await visit.page.keyboard.press("Enter");
    await stripsOf(visit, 12);
    const strip = await visit.page.$eval("#unnamed-axis .strip canvas", fivePictures);
    const [least, , middle, , most] = strip;
    assert.ok(least && middle && most && farthest(least, most) > 20, "both ends differ");
    assert.ok(farthest(middle, await pinned(visit, 1)) <= 1, "the middle is the pin");
    assert.match(await visit.page.getAttribute("#unnamed-axis .strip canvas", "aria-label") ?? "", /along axis 1, from less to more$/);
    assert.deepEqual(visit.errors, []);
  });

  test("a slider, and a picture of the strip, move the picture as far as the strip says", async () => {
    const strip = await visit.page.$eval("#unnamed-axis .strip canvas", fivePictures);
    const most = await moved(visit, () => visit.page.fill(by("unnamed-axis-1"), "3"));
    assert.ok(farthest(most, strip[4] ?? []) <= 1);
    const box = await visit.page.locator("#unnamed-axis .strip").first().boundingBox();
    await visit.page.locator("#unnamed-axis .strip").first().click({ position: { x: 3, y: (box?.height ?? 0) / 2 } });
    assert.equal(await visit.page.inputValue(by("unnamed-axis-1")), "-3");
    await shows(visit, strip[0] ?? []);
    await visit.page.click(by("change-reset"));
    await shows(visit, strip[2] ?? []);
  });

  test("strips follow the pin that is worked on", async () => {
    const before = await visit.page.$eval("#unnamed-layer .strip canvas", fivePictures);
    await visit.page.click(`${by("samples")} li:nth-child(2) .pin-it`);
    await stripsOf(visit, 12);
    const now = await visit.page.$eval("#unnamed-layer .strip canvas", fivePictures);
    assert.ok(farthest(now[2] ?? [], before[2] ?? []) > 5);
    assert.ok(farthest(now[2] ?? [], await pinned(visit, 1)) <= 1);
  });

  test("one that is named is saved into the model, which comes back with its slider", async () => {
    assert.ok(await visit.page.isDisabled(by("unnamed-save")));
    await visit.page.fill(by("name-axis-2"), "brightness");
    await visit.page.click(by("unnamed-save"));
    await visit.alert(/two of the model's directions would be called `brightness`/i);
    await visit.page.fill(by("name-axis-2"), "\u8896 length");
    const coming = visit.page.waitForEvent("download");
    await visit.page.click(by("unnamed-save"));
    const path = join(shared.folder, "named.zip");
    await (await coming).saveAs(path);
    await visit.tells("status", /stylewalk-model\.zip is saved/);

    await visit.page.fill(by("direction-brightness"), "2");
    const pins = await visit.page.$$eval(`${by("pins")} canvas`, (all) => all.length);
    const pin = await pinned(visit, 1);
    await visit.page.setInputFiles(by("model-input"), path);
    await visit.tells("status", /The model is open/);
    await visit.quiet();
    // Its generator is the same, so that pins and what was set mean the same.
    assert.equal(await visit.page.locator(`${by("pins")} canvas`).count(), pins);
    assert.deepEqual(await pinned(visit, 1), pin);
    await visit.page.waitForSelector("#change-kept .dial");
    assert.equal(await visit.page.inputValue(by("direction-brightness")), "2");
    await visit.page.click(by("change-reset"));
    assert.deepEqual(await visit.page.locator("#change-kept label").allTextContents(), ["\u8896 length"]);
    await settled(visit);
    await moved(visit, () => visit.page.fill("#change-kept input", "3"));
    await stripsOf(visit, 11);
    assert.equal(await visit.page.locator(by("unnamed-axis-2")).count(), 0, "what has a name is not found again");
    assert.deepEqual(visit.errors, []);
  });

  test("a damaged file is told once, and opening the fold again asks once more", async () => {
    const rigged = await serve({ "/weights/codes.safetensors": (file) => flipped(file) });
    const other = await Visit.open(shared.browser, `${rigged.address}?device=cpu`);
    await other.ready();
    await other.page.click(`${by("samples")} .pin-it`);
    await other.page.click("#tab-change");
    await other.page.click("#change-unnamed summary");
    await other.alert(/codes\.safetensors is damaged.*sha256/);
    await other.tells("unnamed-note", /could not be found/);
    await other.close();
    await rigged.close();
  });
});

test("on WebGPU strips are drawn straight on their canvases", async () => {
  const visit = await shared.open("webgpu");
  await visit.page.click(`${by("samples")} .pin-it`);
  await visit.page.click("#tab-change");
  await settled(visit);
  await visit.page.click("#change-unnamed summary");
  await stripsOf(visit, 12);
  const pin = await pinned(visit, 1);
  await until(() => visit.page.$eval("#unnamed-axis .strip canvas", fivePictures), (strip) => farthest(strip[2] ?? [], pin) <= 1, "the middle is never the pin");
  assert.deepEqual(visit.errors, []);
  await visit.close();
});

test("on WebGPU a slider changes the picture", async () => {
  const visit = await shared.open("webgpu");
  await visit.page.click(`${by("samples")} .pin-it`);
  await visit.page.click("#tab-change");
  await settled(visit);
  const before = await pinned(visit, 1);
  await shows(visit, before);
  const after = await moved(visit, () => visit.page.fill(by("direction-brightness"), "2"));
  assert.ok(brightness(after) > brightness(before));
  assert.deepEqual(visit.errors, []);
  await visit.close();
});

describe("a part of a photo", () => {
  test("it is turned and cut before it is encoded, by pointer and by keyboard", async () => {
    const visit = await shared.open();
    const square = await drawn(visit.page, { width: 256, height: 256, type: "image/png" });
    await visit.reconstructs(() => visit.choose(square));
    await visit.shows("whole");
    const original = await visit.picture("original");
    await visit.page.click(by("crop"));
    await visit.page.click(by("crop-turn"));
    const turned = await visit.reconstructs(() => visit.page.click(by("crop-use")));
    assert.ok(farthest(turned.original, quarterTurn(original)) <= 1, "a quarter turn clockwise");

    await visit.page.focus(by("crop"));
    await visit.page.keyboard.press("Enter");
    await visit.page.fill(by("crop-size"), "0.5");
    await visit.page.focus(by("crop-canvas"));
    for (let press = 0; press < 14; press++) await visit.page.keyboard.press("ArrowLeft");
    for (let press = 0; press < 14; press++) await visit.page.keyboard.press("ArrowUp");
    await visit.page.focus(by("crop-use"));
    const cut = await visit.reconstructs(() => visit.page.keyboard.press("Enter"));
    // The upper left quarter: sleeve, background, shirt.
    for (const [x, y, expected] of /** @type {[number, number, number[]][]} */ ([[4, 4, [0xd8, 0xd2, 0xc4]], [26, 44, [0xc0, 0x39, 0x2b]], [56, 44, [0x1f, 0x4e, 0x79]]])) {
      const at = 4 * (64 * y + x);
      assert.ok(farthest(cut.original.slice(at, at + 3), expected) <= 3, `${cut.original.slice(at, at + 3)} at ${x}, ${y}`);
    }
    const pins = await visit.page.locator(`${by("pins")} .pin`).count();
    await visit.page.click(by("crop"));
    await visit.page.keyboard.press("Escape");
    assert.equal(await visit.page.locator(`${by("pins")} .pin`).count(), pins, "left without a change");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });
});

test("photo and reconstruction are laid over one another", async () => {
  const visit = await shared.open();
  const { original, reconstruction } = await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));
  await visit.page.click(".overlay summary");
  await visit.page.fill(by("compare"), "100");
  assert.deepEqual(await visit.picture("compare-canvas"), original);
  await visit.page.focus(by("compare"));
  await visit.page.keyboard.press("Home");
  assert.deepEqual(await visit.picture("compare-canvas"), reconstruction);
  await visit.page.fill(by("compare"), "50");
  const half = await visit.picture("compare-canvas");
  assert.deepEqual([half.slice(0, 128), half.slice(128, 256)], [original.slice(0, 128), reconstruction.slice(128, 256)], "the upper row, left and right");
  await visit.close();
});

describe("the camera", () => {
  test("a photo is taken; a camera that is not allowed is told", async () => {
    const args = ["--no-sandbox", "--use-fake-device-for-media-stream", "--disable-quic", "--no-first-run", "--disable-background-networking"];
    const own = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
    const visit = await Visit.open(own, `${shared.server.address}?device=cpu`, { permissions: ["camera"] });
    await visit.ready();
    await visit.page.click(by("camera"));
    await visit.page.waitForFunction(() => /** @type {HTMLVideoElement} */ (document.querySelector("#camera-view")).videoWidth > 0);
    await visit.reconstructs(() => visit.page.click(by("camera-take")));
    assert.equal(await visit.page.evaluate(() => /** @type {HTMLVideoElement} */ (document.querySelector("#camera-view")).srcObject), null, "the camera is off again");
    assert.deepEqual(visit.errors, []);
    await visit.page.context().clearPermissions();
    await visit.page.evaluate(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError")); });
    await visit.page.focus(by("camera"));
    await visit.page.keyboard.press("Enter");
    await visit.alert(/camera is not allowed/);
    await visit.close();
    await own.close();
  });
});

/** @param {Visit} visit */
async function count({ page }) {
  return Number(await page.getAttribute("#change-frame", "data-shown") ?? 0);
}

/** Something is drawn, and nothing more will be: each drawing is begun when the one before is answered. @param {Visit} visit */
async function settled(visit) {
  await visit.page.waitForFunction(() => Number(document.querySelector("#change-frame")?.getAttribute("data-shown") ?? 0) > 0);
  await visit.quiet();
}

/** @param {Visit} visit @returns {Promise<number[]>} RGBA */
function changed({ page }) {
  return page.$eval(by("change-canvas"), pixelsOf);
}

/** Waits until so many strips are of the pin that is worked on. @param {Visit} visit @param {number} count */
async function stripsOf(visit, count) {
  const pin = await visit.page.getAttribute("[data-testid=pins] .pin[aria-pressed=true]", "data-pin");
  await visit.page.waitForFunction(([pin, count]) => document.querySelectorAll(`.trial .strip[data-of="${pin}"]`).length === count, /** @type {const} */ ([pin, count]));
  await visit.quiet();
}

/** The five pictures of a strip. To be called in the page. @param {Element} canvas @returns {number[][]} RGBA of each */
function fivePictures(canvas) {
  const context = new OffscreenCanvas(320, 64).getContext("2d");
  context?.drawImage(/** @type {HTMLCanvasElement} */ (canvas), 0, 0);
  return [0, 1, 2, 3, 4].map((index) => [...context?.getImageData(64 * index, 0, 64, 64).data ?? []]);
}

/** Waits until the changed picture is this one. @param {Visit} visit @param {number[]} picture */
function shows(visit, picture) {
  return until(() => changed(visit), (now) => farthest(now, picture) <= 1, "the picture never shows");
}

/** The picture of the pin that was pinned so many places ago, 1 for the last. @param {Visit} visit @param {number} ago @returns {Promise<number[]>} RGBA */
function pinned({ page }, ago) {
  return page.$eval(`${by("pins")} li:nth-last-child(${ago}) canvas`, pixelsOf);
}

/** Does something that changes the picture, and gives the new one. @param {Visit} visit @param {() => Promise<unknown>} act */
async function moved(visit, act) {
  const [drawings, before] = [await count(visit), await changed(visit)];
  await act();
  await visit.page.waitForFunction((old) => Number(document.querySelector("#change-frame")?.getAttribute("data-shown") ?? 0) > old, drawings);
  await visit.quiet();
  return until(() => changed(visit), (now) => farthest(now, before) > 0, "the picture never changes");
}

/** The mean of all colours in the middle, where the direction was measured. @param {number[]} rgba */
function brightness(rgba) {
  let sum = 0;
  for (let y = 16; y < 48; y++) {
    for (let x = 16; x < 48; x++) for (let channel = 0; channel < 3; channel++) sum += rgba[4 * (64 * y + x) + channel] ?? 0;
  }
  return sum / (3 * 32 * 32);
}
