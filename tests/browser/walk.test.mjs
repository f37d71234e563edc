// Walking: pins, playing, the pad, and what is saved. By pointer on the CPU, by keyboard on WebGPU, and the other way round.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readFile } from "node:fs/promises";
import { drawn, farthest } from "./photos.mjs";
import { site } from "./site.mjs";
import { by, pixelsOf, until, Visit } from "./visit.mjs";

const shared = site({ webgpu: true });

describe("a walk on the CPU", () => {
  /** @type {Visit} */ let visit;
  before(async () => { visit = await shared.open("cpu", { acceptDownloads: true }); });
  after(() => visit?.close());

  test("samples that are taken away before the walk begins are not walked", async () => {
    await visit.page.evaluate((hooks) => hooks.forEach((hook) => document.querySelector(hook)?.dispatchEvent(new MouseEvent("click"))), [by("walk-samples"), by("pins-clear")]);
    await visit.quiet();
    assert.equal(await visit.page.getAttribute(by("walk-play"), "aria-pressed"), "false");
  });

  test("an empty board offers samples, and walking begins", async () => {
    assert.equal(await visit.page.isVisible(by("walk-canvas")), false);
    await visit.page.click(by("walk-samples"));
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 4);
    await shown(visit, 5);
    await visit.tells("walk-play", "Pause");
    assert.equal(await visit.page.evaluate(() => document.activeElement?.getAttribute("data-testid")), "walk-play");
    assert.deepEqual(visit.errors, []);
  });

  test("the page's own thread is free while it walks", async () => {
    // A machine that does other things at the same time stretches any task. So the walk gets several stretches of twenty
    // pictures, and in one of them no task may be long; a page that computed itself would be busy in all.
    /** @type {number[]} */
    const longest = [];
    for (let stretch = 0; stretch < 24 && !longest.some((time) => time <= 50); stretch++) {
      await visit.page.evaluate(() => {
        const tasks = { longest: 0, observer: /** @type {PerformanceObserver | undefined} */ (undefined) };
        Object.assign(window, { tasks });
        tasks.observer = new PerformanceObserver((list) => {
          for (const task of list.getEntries()) tasks.longest = Math.max(tasks.longest, task.duration);
        });
        tasks.observer.observe({ type: "longtask" });
      });
      await shown(visit, 20);
      longest.push(await visit.page.evaluate(() => {
        const { tasks } = /** @type {any} */ (window);
        tasks.observer.disconnect();
        return tasks.longest;
      }));
    }
    assert.ok(Math.min(...longest) <= 50, `the page was busy for ${longest.join(", ")} ms at a stretch`);
  });

  test("it pauses, and the slider goes to any place", async () => {
    await visit.page.click(by("walk-play"));
    await visit.tells("walk-play", "Play");
    await go(visit, 0);
    const first = await shows(visit, 1);
    await go(visit, 60);
    await until(() => seen(visit), (now) => farthest(now, first) > 0, "half-way to the next pin there is no other picture");
    await go(visit, 0);
    await shows(visit, 1);
  });

  test("an open walk ends at its last pin", async () => {
    await visit.page.click("#walk-form summary");
    await visit.page.check(by("walk-loop"), { force: true });
    await visit.page.uncheck(by("walk-loop"));
    // Three legs of two seconds.
    const last = 3 * 120;
    await visit.page.waitForFunction((last) => document.querySelector("[data-testid=walk-position]")?.getAttribute("max") === String(last), last);
    await go(visit, last);
    await shows(visit, 4);
    await visit.page.check(by("walk-loop"));
    await visit.page.waitForFunction(() => document.querySelector("[data-testid=walk-position]")?.getAttribute("max") === "479");
  });

  test("the saved animation shows G's pictures", async () => {
    await visit.page.fill(by("walk-seconds"), "0.5");
    await visit.page.waitForFunction(() => document.querySelector("[data-testid=walk-position]")?.getAttribute("max") === "119");
    const file = await save(visit, "gif");
    assert.equal(file.name, "stylewalk.gif");
    const frames = await gifFrames(visit, file.bytes);
    assert.equal(frames.length, 33, "two seconds at six hundredths a picture");
    const expected = await decoded(visit, frames.length);
    // A GIF has 256 colours a picture, and a picture of an early model as many as it has pixels: the nearest of 256 is a
    // few steps off. Pictures further on the way are several times as far away.
    for (const [index, frame] of frames.entries()) {
      const own = meanDistance(frame, expected[index] ?? []);
      const other = meanDistance(frame, expected[(index + 8) % frames.length] ?? []);
      assert.ok(own < 12, `picture ${index} differs from G's by ${own} of 255 on average`);
      assert.ok(own < other / 2, `picture ${index} differs by ${own} from its own code's and by ${other} from another's`);
    }
  });

  test("strip and picture are saved as PNG", async () => {
    const strip = await save(visit, "strip");
    const { width, height } = size(strip.bytes);
    assert.deepEqual([width, height], [9 * 128, 128]);
    await go(visit, 0);
    const frame = await save(visit, "frame");
    assert.deepEqual(size(frame.bytes), { width: 512, height: 512 });
  });

  test("a video lasts as long as the walk, and can be wound to any place", async () => {
    const file = await save(visit, "video");
    const { duration, width, sought } = await played(visit, file.bytes);
    assert.ok(Math.abs(duration - 2) <= 0.03 * 2, `two seconds last ${duration}`);
    assert.equal(width, 512);
    assert.ok(Math.abs(sought - 1.5) < 0.05);
    // Chromium of Debian has an encoder for H.264; one without makes WebM.
    assert.match(file.name, /^stylewalk\.(mp4|webm)$/);
    const magic = file.name.endsWith("mp4") ? file.bytes.toString("latin1", 4, 8) : file.bytes.readUInt32BE(0);
    assert.ok(magic === "ftyp" || magic === 0x1a45dfa3, `${file.name} begins with ${magic}`);
  });

  test("between four, what is saved is what lies between them", async () => {
    await visit.page.check(by("walk-corners"), { force: true });
    const grid = await save(visit, "strip");
    assert.equal(grid.name, "stylewalk-grid.png");
    assert.deepEqual(size(grid.bytes), { width: 5 * 128, height: 5 * 128 });
    const cells = await gridOf(visit, grid.bytes);
    const pins = await visit.page.$$eval(`${by("pins")} canvas`, (all) => all.map((canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]));
    for (const [corner, cell] of [0, 4, 20, 24].entries()) assert.ok(farthest(cells[cell] ?? [], pins[corner] ?? []) <= 1, `corner ${corner} shows pin ${corner + 1}`);
    // Four sides of half a second.
    const frames = await gifFrames(visit, (await save(visit, "gif")).bytes);
    assert.equal(frames.length, 33);
    const near = (/** @type {number} */ frame, /** @type {number} */ pin) => meanDistance(frames[frame] ?? [], pins[pin] ?? []);
    assert.ok(near(0, 0) < 12, "it begins at the first corner");
    // A quarter of the way is the second corner, half of it the fourth.
    assert.ok(near(8, 1) < near(8, 0) && near(16, 3) < near(16, 0) && near(16, 3) < near(16, 1), "and goes round by the second and the fourth");
    const { duration } = await played(visit, (await save(visit, "video")).bytes);
    assert.ok(Math.abs(duration - 2) <= 0.06, `four sides of half a second last ${duration}`);
    await visit.page.check(by("walk-line"), { force: true });
  });

  test("an export is cancelled, and the next one works", async () => {
    await visit.page.fill(by("walk-seconds"), "8");
    await visit.page.waitForFunction(() => document.querySelector("[data-testid=walk-position]")?.getAttribute("max") === "1919");
    await visit.page.selectOption(by("export-kind"), "gif");
    await visit.page.click(by("export"));
    await visit.page.click(by("export-cancel"));
    await visit.page.waitForSelector(by("export"), { state: "visible" });
    await visit.tells("status", "The export was cancelled.");
    await visit.page.fill(by("walk-seconds"), "0.5");
    await save(visit, "gif");
  });

  test("the pad mixes four pins, by finger and by keys", async () => {
    await visit.page.check(by("walk-corners"), { force: true });
    const box = await visit.page.locator(by("walk-pad")).boundingBox();
    assert.ok(box);
    await visit.page.mouse.click(box.x + box.width * 0.75, box.y + box.height / 2);
    const place = () => visit.page.getAttribute(by("walk-pad"), "aria-valuetext");
    assert.match(await place() ?? "", /^75% across, 50% down$/);
    await visit.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await visit.page.mouse.down();
    await visit.page.mouse.move(box.x - 40, box.y - 40, { steps: 4 });
    await visit.page.mouse.up();
    assert.equal(await place(), "0% across, 0% down", "a hand that leaves the picture stays at its edge");
    await shows(visit, 1);
    await visit.page.focus(by("walk-pad"));
    for (let press = 0; press < 6; press++) await visit.page.keyboard.press("Shift+ArrowRight");
    assert.equal(await place(), "100% across, 0% down");
    await shows(visit, 2);
    await visit.page.check(by("walk-line"), { force: true });
  });

  test("photos, many at once, are pinned in their order; pins go and change places by keyboard", async () => {
    const outfit = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    const other = { ...await drawn(visit.page, { width: 260, height: 200, type: "image/jpeg" }), name: "second.jpg" };
    await visit.choose([outfit, other]);
    await visit.page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 6);
    const names = () => visit.page.$$eval(`${by("pins")} .pin`, (pins) => pins.map((pin) => pin.getAttribute("title")));
    assert.deepEqual((await names()).slice(4), ["drawn.png", "second.jpg"]);
    await visit.page.focus(`${by("pins")} li:last-child .pin`);
    await visit.page.keyboard.press("ArrowLeft");
    assert.deepEqual((await names()).slice(4), ["second.jpg", "drawn.png"]);
    assert.equal(await visit.page.evaluate(() => document.activeElement?.getAttribute("title")), "second.jpg", "it keeps the focus");
    await visit.page.keyboard.press("Tab");
    await visit.page.keyboard.press("Enter");
    assert.deepEqual((await names()).slice(4), ["drawn.png"]);
    assert.deepEqual(visit.errors, []);
  });
});

test("on WebGPU, by keyboard alone: pin samples, play, pause, seek", async () => {
  const visit = await shared.open("webgpu");
  const { page } = visit;
  for (const sample of [1, 2]) {
    await page.focus(`${by("samples")} li:nth-child(${sample}) .pin-it`);
    await page.keyboard.press("Enter");
  }
  await page.waitForFunction(() => document.querySelectorAll("[data-testid=pins] .pin").length === 2);
  await page.focus(by("walk-play"));
  await page.keyboard.press("Enter");
  await shown(visit, 3);
  await page.keyboard.press("Enter");
  await visit.tells("walk-play", "Play");
  await page.focus(by("walk-position"));
  await page.keyboard.press("Home");
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.querySelector("[data-testid=walk-position]")).value === "0");
  assert.equal(await visit.text("device"), "webgpu");
  assert.deepEqual(visit.errors, []);
  await visit.close();
});

/** Waits for more pictures on the walk's canvas. @param {Visit} visit @param {number} more */
async function shown(visit, more) {
  const before = await count(visit);
  await visit.page.waitForFunction((least) => Number(document.querySelector("#walk-frame")?.getAttribute("data-shown") ?? 0) >= least, before + more);
}

/** @param {Visit} visit */
async function count(visit) {
  return Number(await visit.page.getAttribute("#walk-frame", "data-shown") ?? 0);
}

/** The walk's picture. @param {Visit} visit */
function seen({ page }) {
  return page.$eval(by("walk-canvas"), pixelsOf);
}

/** Waits until the walk's picture is that of a pin. @param {Visit} visit @param {number} pin from 1 */
async function shows(visit, pin) {
  const picture = String(await visit.page.$eval(`${by("pins")} li:nth-child(${pin}) canvas`, pixelsOf));
  return until(() => seen(visit), (now) => String(now) === picture, `the walk never shows pin ${pin}`);
}

/** Goes to a place of the walk. @param {Visit} visit @param {number} frame */
async function go({ page }, frame) {
  await page.fill(by("walk-position"), String(frame));
  await page.waitForFunction((to) => document.querySelector("#walk-frame")?.getAttribute("data-frame") === to, String(frame));
}

/** @param {Visit} visit @param {string} kind */
async function save({ page }, kind) {
  await page.selectOption(by("export-kind"), kind);
  const download = page.waitForEvent("download");
  await page.click(by("export"));
  const file = await download;
  await page.waitForSelector(by("export"), { state: "visible" });
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** Width and height of a PNG. @param {Buffer} file */
function size(file) {
  return { width: file.readUInt32BE(16), height: file.readUInt32BE(20) };
}

/** Every picture of a GIF, read by the shared.browser, each block of 4x4 pixels as one. @param {Visit} visit @param {Buffer} file @returns {Promise<number[][]>} */
function gifFrames({ page }, file) {
  return page.evaluate(async (base64) => {
    const data = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const decoder = new /** @type {any} */ (window).ImageDecoder({ data, type: "image/gif", preferAnimation: true });
    await decoder.tracks.ready;
    const frames = [];
    for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(64, 64).getContext("2d"));
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, 0, 0, 64, 64);
      frames.push([...pen.getImageData(0, 0, 64, 64).data]);
      image.close();
    }
    return frames;
  }, file.toString("base64"));
}

/** A video, as a page plays it that may show blobs. @param {Visit} visit @param {Buffer} file */
async function played(visit, file) {
  const context = await visit.page.context().browser()?.newContext();
  assert.ok(context);
  const page = await context.newPage();
  const facts = await page.evaluate(async (base64) => {
    const video = document.createElement("video");
    video.muted = true;
    video.src = `data:video/${atob(base64.slice(0, 12)).includes("ftyp") ? "mp4" : "webm"};base64,${base64}`;
    await new Promise((resolve, reject) => { video.onloadedmetadata = resolve; video.onerror = () => reject(new Error(video.error?.message)); });
    const { duration, videoWidth: width } = video;
    const found = new Promise((resolve) => { video.onseeked = resolve; });
    video.currentTime = 0.75 * duration;
    await found;
    return { duration, width, sought: video.currentTime };
  }, file.toString("base64"));
  await context.close();
  return facts;
}

/** The pictures of a grid of five by five. @param {Visit} visit @param {Buffer} file @returns {Promise<number[][]>} */
function gridOf({ page }, file) {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    return Array.from({ length: 25 }, (_, cell) => {
      const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(64, 64).getContext("2d"));
      pen.imageSmoothingEnabled = false;
      pen.drawImage(picture, 128 * (cell % 5), 128 * Math.floor(cell / 5), 128, 128, 0, 0, 64, 64);
      return [...pen.getImageData(0, 0, 64, 64).data];
    });
  }, file.toString("base64"));
}

/** G's pictures of the walk that the page shows, from a worker of the test's own and the codes in the page's link. @param {Visit} visit @param {number} pictures */
async function decoded({ page }, pictures) {
  await page.click("#tab-share");
  const link = await page.inputValue(by("share-link"));
  await page.click("#tab-walk");
  return page.evaluate(async ({ link, pictures }) => {
    const load = (/** @type {string} */ path) => import(new URL(path, document.baseURI).href);
    const [{ modelWorker }, { read }, { VIEWER, fetchModel, fetchProgram }, { openModel }] = await Promise.all(["remote", "keep/link", "download", "model/model"].map((name) => load(`js/${name}.js`)));
    const { codes, walk } = read(new URL(link).hash.slice(1), 100, 48);
    const worker = modelWorker();
    await worker.ask("open", await fetchProgram(VIEWER, () => {}), "cpu");
    await openModel(worker, await fetchModel(new URL("weights/", document.baseURI), () => {}, "default"));
    const stops = Float32Array.from(codes.flatMap((/** @type {Float32Array} */ code) => [...code]));
    const steps = Math.round(60 * walk.seconds);
    /** @type {Float32Array} */
    const route = await worker.ask("walk", { stops, latent: 100, interpolation: walk.interpolation, easing: walk.easing, closed: walk.loop, steps });
    const frames = route.length / 100;
    const images = [];
    for (let index = 0; index < pictures; index++) {
      const frame = Math.min(frames - 1, Math.round((index * frames) / pictures));
      const made = await worker.ask("decode", route.slice(frame * 100, (frame + 1) * 100), false);
      images.push([...made.images[0]]);
    }
    worker.close();
    return images;
  }, { link, pictures });
}

/** @param {number[]} a @param {number[]} b RGBA */
function meanDistance(a, b) {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / ((3 / 4) * a.length);
}
