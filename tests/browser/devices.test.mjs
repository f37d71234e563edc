// Both devices run the model, `auto` measures, and a lost device is survived.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { completeAdapters } from "../../web/js/adapter.js";
import { DESTROYER, FORGETFUL, WAITING } from "./rigged.mjs";
import { drawn, farthest } from "./photos.mjs";
import { serve } from "./server.mjs";
import { site } from "./site.mjs";
import { by, Visit } from "./visit.mjs";

test("an emulated adapter is known in browsers that tell of it elsewhere", () => {
  const adapters = class { isFallbackAdapter = true; get info() { return { vendor: "google" }; } };
  Object.defineProperty(adapters.prototype, "isFallbackAdapter", { value: true, writable: true });
  const before = globalThis.GPUAdapter;
  Object.assign(globalThis, { GPUAdapter: adapters });
  completeAdapters();
  Object.assign(globalThis, { GPUAdapter: before });
  assert.equal(/** @type {any} */ (new adapters().info).isFallbackAdapter, true);
});

describe("devices", () => {
  const shared = site({ webgpu: true });

  test("the CPU and WebGPU give the same picture", async () => {
    const made = [];
    for (const device of ["cpu", "webgpu"]) {
      const visit = await shared.open(device);
      await visit.tells("device", device);
      await visit.tells("device-why", new RegExp(`\\?device=${device}`));
      const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
      made.push(await visit.reconstructs(() => visit.choose(photo)));
      await visit.samples();
      assert.deepEqual(visit.errors, []);
      await visit.close();
    }
    const [cpu, webgpu] = made;
    assert.ok(cpu && webgpu);
    assert.deepEqual(webgpu.original, cpu.original, "the photo itself is prepared in the same code");
    // Both compute in float32 and add up in different orders; the pictures are rounded to 255 steps.
    assert.ok(farthest(webgpu.latent, cpu.latent) <= 2e-3, `codes differ by ${farthest(webgpu.latent, cpu.latent)}`);
    assert.ok(farthest(webgpu.reconstruction, cpu.reconstruction) <= 2, `pixels differ by ${farthest(webgpu.reconstruction, cpu.reconstruction)}`);
  });

  test("auto measures, and keeps the CPU against an emulated adapter", async () => {
    const visit = await Visit.open(shared.browser, shared.server.address);
    await visit.ready();
    assert.equal(await visit.text("device"), "cpu", "the CPU makes the first picture");
    await visit.settled();
    assert.equal(await visit.text("device"), "cpu");
    assert.match(await visit.text("device-why"), /^[\d.,]+\sms a picture here, against [\d.,]+\sms on the graphics adapter \(.*swiftshader.*\)\.$|too slow/i);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("auto does not use a graphics device whose picture is another than the CPU's", async () => {
    const rigged = await serve({ "/js/worker.js": (file) => FORGETFUL + file });
    const visit = await Visit.open(shared.browser, rigged.address);
    await visit.ready();
    await visit.settled();
    assert.equal(await visit.text("device"), "cpu");
    assert.match(await visit.text("device-why"), /could not run the model \(its picture is not the CPU\u2019s\)/);
    await visit.close();
    await rigged.close();
  });

  test("a photo does not wait for the measuring", async () => {
    const rigged = await serve({ "/js/worker.js": (file) => WAITING + file });
    const visit = await Visit.open(shared.browser, rigged.address);
    await visit.ready();
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.reconstructs(() => visit.choose(photo));
    assert.match(await visit.text("device-why"), /being timed/);
    await visit.page.evaluate(() => new BroadcastChannel("go on").postMessage("now"));
    await visit.settled();
    assert.doesNotMatch(await visit.text("device-why"), /being timed/);
    await visit.close();
    await rigged.close();
  });

  test("a lost device is told, and the CPU goes on with the same photo", async () => {
    const rigged = await serve({ "/js/worker.js": (file) => DESTROYER + file });
    const visit = await Visit.open(shared.browser, `${rigged.address}?device=webgpu`);
    await visit.ready();
    await visit.tells("device", "webgpu");
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    const { latent } = await visit.reconstructs(async () => {
      await visit.choose(photo);
      await visit.page.waitForSelector("#reconstruction-tile.working");
      await visit.page.evaluate(() => new BroadcastChannel("destroy").postMessage("now"));
    });
    await visit.alert(/(device was lost|stopped).*goes on with the CPU/);
    await visit.tells("device", "cpu");
    assert.equal(latent.length, 100);
    await visit.usable(photo);
    await visit.close();
    await rigged.close();
  });

  test("a device lost while nothing is asked is told as well", async () => {
    const rigged = await serve({ "/js/worker.js": (file) => DESTROYER + file });
    const visit = await Visit.open(shared.browser, `${rigged.address}?device=webgpu`);
    await visit.ready();
    await visit.page.evaluate(() => new BroadcastChannel("destroy").postMessage("now"));
    await visit.alert(/device was lost.*goes on with the CPU/);
    await visit.tells("device", "cpu");
    await visit.usable(await drawn(visit.page, { width: 200, height: 260, type: "image/png" }));
    await visit.close();
    await rigged.close();
  });
});

describe("a browser without WebGPU", () => {
  const shared = site({ webgpu: false });

  test("auto says that there is no adapter", async () => {
    const visit = await Visit.open(shared.browser, shared.server.address);
    await visit.ready();
    await visit.settled();
    assert.equal(await visit.text("device"), "cpu");
    assert.match(await visit.text("device-why"), /no graphics adapter/);
    assert.equal(await visit.page.getAttribute(by("status"), "role"), "status", "that is no error");
    await visit.close();
  });

  test("?device=webgpu is answered with a sentence and the CPU", async () => {
    const visit = await Visit.open(shared.browser, `${shared.server.address}?device=webgpu`);
    await visit.alert(/WebGPU was asked for.*runs on the CPU instead/);
    await visit.ready();
    await visit.tells("device", "cpu");
    await visit.usable(await drawn(visit.page, { width: 200, height: 260, type: "image/png" }));
    await visit.close();
  });

  test("an unknown ?device= is told, and auto is used", async () => {
    const visit = await Visit.open(shared.browser, `${shared.server.address}?device=abacus`);
    await visit.alert(/abacus is not a device: use auto, webgpu or cpu/);
    await visit.ready();
    await visit.close();
  });
});
