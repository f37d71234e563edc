// Photos come in by drop, paste and choice, the right way up, and the page stays free meanwhile.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ABSENT, drawn, farthest, quarterTurn, real, realPhotos, turned } from "./photos.mjs";
import { site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

describe("a photo comes in", () => {
  const shared = site({ webgpu: false });
  /** @type {Visit} */ let visit;
  /** @type {import("./visit.mjs").PhotoFile} */ let outfit;
  /** @type {string} */ let onDisk;

  before(async () => {
    visit = await shared.open("cpu", { permissions: ["clipboard-read", "clipboard-write"] });
    outfit = await drawn(visit.page, { width: 300, height: 400, type: "image/png" });
    onDisk = join(shared.folder, outfit.name);
    await writeFile(onDisk, outfit.buffer);
  });

  after(() => visit?.close());

  test("the page opens with samples and without an error", async () => {
    assert.deepEqual(visit.errors, []);
    assert.equal(await visit.page.locator(`${by("samples")} canvas`).count(), 8);
    const tags = await visit.page.locator(`${by("samples")} .tag`).allTextContents();
    assert.equal(tags.length, 8);
    for (const tag of tags) assert.match(tag, /^\d{1,3}%$/);
  });

  test("drop, paste and choice make the same reconstruction", async () => {
    const chosen = await visit.reconstructs(() => visit.choose(outfit));
    const dropped = await visit.reconstructs(() => visit.drop([onDisk]));
    assert.deepEqual(dropped, chosen);
    const pasted = await visit.reconstructs(() => paste(visit, outfit));
    assert.deepEqual(pasted.original, chosen.original);
    assert.deepEqual(pasted.latent, chosen.latent);
    assert.equal(chosen.latent.length, 100);
    assert.ok(farthest(chosen.original, chosen.reconstruction) > 0, "the reconstruction is not a copy of the photo");
    assert.deepEqual(visit.errors, []);
  });

  test("a drop anywhere on the page counts", async () => {
    await visit.reconstructs(() => visit.drop([onDisk], "status"));
    assert.equal(visit.page.url(), `${shared.server.address}?device=cpu`);
  });

  test("of several files the first is shown, all are pinned, and the page says so", async () => {
    const other = { ...outfit, name: "second.png" };
    await visit.reconstructs(() => visit.page.setInputFiles(by("photo-input"), [outfit]));
    await visit.reconstructs(() => dropFiles(visit, [outfit, other]));
    await visit.tells("status", "2 files were dropped; this is the first, drawn.png, and all are pinned.");
  });

  test("of a folder the first file is shown", async () => {
    await visit.reconstructs(() => visit.drop([shared.folder]));
    assert.match(await visit.page.getAttribute(by("original"), "aria-label") ?? "", /drawn\.png/);
  });

  test("EXIF orientation is applied exactly once", async () => {
    await visit.shows("whole");
    const jpeg = await drawn(visit.page, { width: 320, height: 240, type: "image/jpeg" });
    const asStored = await visit.reconstructs(() => visit.choose(turned(jpeg, 1)));
    const upright = await visit.reconstructs(() => visit.choose(turned(jpeg, 6)));
    // 6: the camera was turned, so the stored picture needs a quarter turn clockwise. Resizing after turning may round
    // differently from turning after resizing, by one step of 255.
    const distance = farthest(upright.original, quarterTurn(asStored.original));
    assert.ok(distance <= 1, `pixels differ by ${distance}`);
    assert.ok(farthest(upright.original, asStored.original) > 100, "the two pictures do differ");
  });

  test("a photograph with EXIF orientation 6 stands upright", async (t) => {
    const path = real("orientation-6.jpg");
    if (!path) return t.skip(ABSENT);
    const { original } = await visit.reconstructs(() => visit.choose(path));
    // The browser turns it by itself; its resizing is another one, so only the whole picture is compared.
    const seen = await browserView(visit, path);
    const [standing, lying] = [meanDistance(original, seen), meanDistance(original, quarterTurn(seen))];
    assert.ok(standing < 6, `mean distance ${standing} from what the browser shows`);
    assert.ok(standing < lying / 2, `${standing} upright against ${lying} lying`);
    await visit.shows("garment");
  });

  test("real photographs, alpha, grey and WebP are reconstructed", async (t) => {
    const odd = ["alpha.png", "grey.jpg", "lossy.webp", "tiny-24x32.jpg"].map(real).filter((path) => path !== undefined);
    const photos = [...(await realPhotos()).slice(0, 3), ...odd];
    if (photos.length === 0) return t.skip(ABSENT);
    for (const path of photos) await visit.reconstructs(() => visit.choose(path));
    assert.deepEqual(visit.errors, []);
  });

  test("a drawn outfit is there for visitors without a photo", async () => {
    await visit.reconstructs(() => visit.page.click(by("drawn")));
    assert.match(await visit.page.getAttribute(by("original"), "aria-label") ?? "", /a drawn \w/);
  });

  test("new samples replace the old ones", async () => {
    await visit.samples();
    assert.equal(await visit.page.locator(`${by("samples")} canvas`).count(), 8);
  });

  test("the page's own thread is free while a 12-megapixel photo is at work", async () => {
    const large = await drawn(visit.page, { width: 4000, height: 3000, type: "image/jpeg" });
    await visit.page.evaluate(() => {
      const longest = { longest: 0 };
      Object.assign(window, { tasks: longest });
      new PerformanceObserver((list) => {
        for (const task of list.getEntries()) longest.longest = Math.max(longest.longest, task.duration);
      }).observe({ type: "longtask" });
    });
    await visit.reconstructs(() => visit.choose(large));
    const longest = await visit.page.evaluate(() => /** @type {any} */ (window).tasks.longest);
    assert.ok(longest < 200, `the page was busy for ${longest} ms at a stretch`);
  });
});

/** Copies the picture and presses the keys. @param {Visit} visit @param {import("./visit.mjs").PhotoFile} photo */
async function paste({ page }, photo) {
  await page.evaluate(async ({ type, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ [type]: new Blob([bytes], { type }) })]);
  }, { type: photo.mimeType, base64: photo.buffer.toString("base64") });
  await page.keyboard.press("Control+V");
}

/** Drops several files that are on no disk. @param {Visit} visit @param {import("./visit.mjs").PhotoFile[]} photos */
function dropFiles({ page }, photos) {
  return page.evaluate((files) => {
    const data = new DataTransfer();
    for (const { name, type, base64 } of files) {
      data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
    }
    document.querySelector("[data-testid=drop-zone]")?.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, photos.map((photo) => ({ name: photo.name, type: photo.mimeType, base64: photo.buffer.toString("base64") })));
}

/** The photo as the browser decodes and shrinks it, padded with its border's colours as the page does. @param {Visit} visit @param {string} path */
async function browserView({ page }, path) {
  const { readFile } = await import("node:fs/promises");
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const photo = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }), { imageOrientation: "from-image" });
    const scale = 64 / Math.max(photo.width, photo.height);
    const [width, height] = [photo.width * scale, photo.height * scale];
    const small = await createImageBitmap(photo, { resizeWidth: Math.round(width), resizeHeight: Math.round(height), resizeQuality: "high" });
    const canvas = new OffscreenCanvas(64, 64);
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.drawImage(small, Math.round((64 - width) / 2), Math.round((64 - height) / 2));
    return [...pen.getImageData(0, 0, 64, 64).data];
  }, (await readFile(path)).toString("base64"));
}

/** Over the colours where both pictures have some. @param {number[]} a @param {number[]} b RGBA, transparent where there is no photo */
function meanDistance(a, b) {
  let [sum, count] = [0, 0];
  for (let at = 0; at < a.length; at += 4) {
    if (b[at + 3] !== 255) continue;
    for (let channel = 0; channel < 3; channel++) {
      sum += Math.abs((a[at + channel] ?? 0) - (b[at + channel] ?? 0));
      count++;
    }
  }
  return sum / Math.max(1, count);
}
