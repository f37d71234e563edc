// Refining: better numbers for the photo on the plate, by keyboard and pointer, on both devices.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch } from "./chromium.mjs";
import { drawn, realPhotos } from "./photos.mjs";
import { serve } from "./server.mjs";
import { by, Visit } from "./visit.mjs";

describe("refine", () => {
  /** @type {import("playwright-core").Browser} */ let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */ let server;
  before(async () => {
    browser = await launch({ webgpu: true });
    server = await serve();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** @param {string} device */
  async function open(device) {
    const visit = await Visit.open(browser, `${server.address}?device=${device}`);
    await visit.ready();
    return visit;
  }

  /** @param {Visit} visit */
  const psnr = async (visit) => Number.parseFloat(await visit.text("psnr"));

  /** The picture has become better by this many dB. @param {Visit} visit @param {number} than @param {number} by */
  const better = (visit, than, by) => visit.page.waitForFunction(
    ([least]) => Number.parseFloat(document.querySelector("[data-testid=psnr]")?.textContent ?? "") >= (least ?? Infinity), [than + by]);

  /** @param {Visit} visit */
  const idle = (visit) => visit.tells("refine", "Refine");

  test("real photographs come back better than at first sight", async (t) => {
    const photos = (await realPhotos()).slice(0, 2);
    if (photos.length === 0) return t.skip("../shared/data/photos is absent");
    const visit = await open("cpu");
    for (const path of photos) {
      await visit.reconstructs(() => visit.choose(path));
      const before = await psnr(visit);
      await visit.page.click(by("refine"));
      await better(visit, before, 0.5);
      await visit.page.click(by("refine"));
      await idle(visit);
      await visit.tells("status", /^Refined to \d+\.\d\sdB, \d+\.\d\sdB better than at first sight\.$/);
    }
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("the keyboard begins, stops and takes back, and numbers stay where codes are", async () => {
    const visit = await open("cpu");
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    const first = await visit.reconstructs(() => visit.choose(photo));
    const before = await psnr(visit);
    await visit.page.focus(by("refine"));
    await visit.page.keyboard.press("Enter");
    await better(visit, before, 0.2);
    await visit.page.keyboard.press("Enter");
    await idle(visit);
    const refined = await visit.latent();
    assert.notDeepEqual(refined, first.latent);
    refined.forEach((value, index) => {
      const bound = Math.max(1, Math.abs(first.latent[index] ?? 0)) + 1e-4;
      assert.ok(Math.abs(value) <= bound, `number ${index} is ${value}, and may be ${bound} at most`);
    });
    assert.notDeepEqual(await visit.picture("reconstruction"), first.reconstruction);
    await visit.page.keyboard.press("Tab");
    await visit.page.keyboard.press("Enter");
    assert.deepEqual(await visit.picture("reconstruction"), first.reconstruction);
    assert.deepEqual(await visit.latent(), first.latent);
    assert.equal(await psnr(visit), before);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("another photo ends a refinement", async () => {
    const visit = await open("cpu");
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.reconstructs(() => visit.choose(photo));
    await visit.page.click(by("refine"));
    const other = await visit.reconstructs(() => visit.page.click(by("drawn")));
    await idle(visit);
    await visit.page.waitForTimeout(500);
    assert.deepEqual(await visit.picture("reconstruction"), other.reconstruction, "no late step is painted over it");
    await visit.close();
  });

  test("on WebGPU", async () => {
    const visit = await open("webgpu");
    await visit.tells("device", "webgpu");
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.reconstructs(() => visit.choose(photo));
    const before = await psnr(visit);
    await visit.page.click(by("refine"));
    await better(visit, before, 0.1);
    await visit.page.click(by("refine"));
    await idle(visit);
    assert.equal(await visit.text("device"), "webgpu");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });
});
