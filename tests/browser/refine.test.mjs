// Refining: better numbers for the photo on the plate, by keyboard and pointer, on both devices.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { costs } from "./steps.mjs";
import { ABSENT, drawn, realPhotos } from "./photos.mjs";
import { DESTROYER } from "./rigged.mjs";
import { serve } from "./server.mjs";
import { site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

describe("refine", () => {
  const shared = site({ webgpu: true });

  /** @param {Visit} visit */
  const psnr = async (visit) => Number.parseFloat(await visit.text("psnr"));

  /** The picture has become better by this many dB. @param {Visit} visit @param {number} than @param {number} by */
  const better = (visit, than, by) => visit.page.waitForFunction(
    ([least]) => Number.parseFloat(document.querySelector("[data-testid=psnr]")?.textContent ?? "") >= (least ?? Infinity), [than + by]);

  /** @param {Visit} visit */
  const idle = (visit) => visit.tells("refine", "Refine");

  test("real photographs come back better than at first sight", async (t) => {
    const photos = (await realPhotos()).slice(0, 2);
    if (photos.length === 0) return t.skip(ABSENT);
    const visit = await shared.open();
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
    const visit = await shared.open();
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
    const visit = await shared.open();
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.reconstructs(() => visit.choose(photo));
    await visit.page.click(by("refine"));
    const other = await visit.reconstructs(() => visit.page.click(by("drawn")));
    await idle(visit);
    await visit.quiet();
    assert.deepEqual(await visit.picture("reconstruction"), other.reconstruction, "no late step is painted over it");
    await visit.close();
  });

  test("a step takes few dispatches of a GPU: each costs, however small", async () => {
    const visit = await shared.open();
    const { dispatches } = await costs(visit.page, "refining", "webgpu", { runs: 0, steps: 0 });
    assert.ok(dispatches > 0 && dispatches <= 120, `${dispatches}`);
    await visit.close();
  });

  test("on WebGPU", async () => {
    const visit = await shared.open("webgpu");
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

  test("a refinement survives its graphics device", async () => {
    const rigged = await serve({ "/js/workshop/worker.js": (file) => DESTROYER + file });
    const visit = await Visit.open(shared.browser, `${rigged.address}?device=webgpu`);
    await visit.ready();
    await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));
    const before = await psnr(visit);
    await visit.page.click(by("refine"));
    await better(visit, before, 0.1);
    await visit.page.evaluate(() => new BroadcastChannel("destroy").postMessage("now"));
    await visit.alert(/^Refining.s (graphics device was lost|program stopped).*goes on with the CPU/);
    await better(visit, await psnr(visit), 0.1);
    assert.equal(await visit.text("device"), "webgpu", "the page's own device is another one");
    await visit.page.click(by("refine"));
    await idle(visit);
    await visit.close();
    await rigged.close();
  });
});
