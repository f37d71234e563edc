// Training in the tab: it learns, the page stays free meanwhile, and weights leave and come back.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { DESTROYER, TELLING } from "./rigged.mjs";
import { stylewalk, unzip } from "./folder.mjs";
import { drawn, farthest } from "./photos.mjs";
import { serve } from "./server.mjs";
import { site } from "./site.mjs";
import { costs } from "./steps.mjs";
import { choose, number, offered, steps, waitFor } from "./training.mjs";
import { by, Visit } from "./visit.mjs";

describe("train here", () => {
  const shared = site({ webgpu: true });

  /** @param {string} address @param {string} device @param {import("playwright-core").BrowserContextOptions} [options] */
  async function open(address, device, options) {
    const visit = await Visit.open(shared.browser, `${address}?device=${device}`, options);
    await visit.ready();
    await offered(visit);
    return visit;
  }

  test("200 steps on the CPU lower the reconstruction loss, and the page stays free", async () => {
    const visit = await open(shared.server.address, "cpu", { bypassCSP: true });
    await choose(visit, { width: 8, batch: 4, l2: 20 });
    await watchTasks(visit);
    await visit.page.focus(by("train-step"));
    for (let step = 1; step <= 4; step++) {
      await visit.page.keyboard.press("Enter");
      await steps(visit, step);
    }
    const [first, memory] = [await number(visit, "loss-autoencoder"), await number(visit, "train-memory")];
    await visit.page.focus(by("train-start"));
    await visit.page.keyboard.press("Space");
    await steps(visit, 30);
    const begun = await longestTask(visit);
    const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
    await visit.reconstructs(() => visit.choose(photo));
    assert.equal(await visit.text("train-start"), "Pause", "it trains on while the page rebuilds a photo");
    // What this test itself asks of the page, a picture pixel by pixel, is no part of training.
    await longestTask(visit);
    // By then the first snapshot is kept and the first pictures were shown: all buffers are there.
    await steps(visit, 100);
    const early = await number(visit, "train-memory");
    await steps(visit, 200);
    const trained = await longestTask(visit);
    await visit.page.click(by("train-start"));
    await waitFor(visit, "train-start", "Go on");
    const taken = await number(visit, "train-count");
    const last = await number(visit, "loss-autoencoder");
    assert.ok(last < 0.85 * first, `L_AE was ${first} and is ${last}`);
    assert.ok(memory > 0 && await number(visit, "train-memory") <= 1.1 * early, `memory grew from ${early} to ${await visit.text("train-memory")}`);
    assert.match(await visit.page.getAttribute("#curves-distance", "aria-label") ?? "", new RegExp(`^${taken} steps\\. L_AD: [\\d.]+; L_AE: [\\d.]+\\.$`));
    assert.equal(await visit.page.locator(`${by("train-samples")} canvas`).count(), 8);
    assert.equal(await visit.page.locator(`${by("train-pairs")} canvas`).count(), 8);
    // One step more is the next one: a training that had gone on would have counted others before it.
    await visit.page.click(by("train-step"));
    await steps(visit, taken + 1);
    assert.equal(await number(visit, "train-count"), taken + 1, "a pause is one");
    // One of the two stretches: on a busy machine a task may be long because others had the processor.
    assert.ok(Math.min(begun, trained) <= 50, `the page was busy for ${begun} ms at a stretch, later for ${trained} ms`);
    assert.deepEqual(visit.errors, []);
    await axe(visit);
    await visit.close();
  });

  test("200 steps on WebGPU lower the reconstruction loss, and after 20 memory stays as it is", async () => {
    const visit = await open(shared.server.address, "webgpu");
    // Two photos as they are: every step sees the same batch, so that its loss tells of nothing but what was learnt.
    await visit.page.setInputFiles(by("train-photos"), await twoPhotos(visit));
    await visit.tells("train-photo-count", "2 photos");
    await visit.page.uncheck(by("train-flips"));
    await choose(visit, { width: 2, batch: 2, l2: 20, own: true });
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    await visit.tells("train-device", "webgpu");
    const first = await number(visit, "loss-autoencoder");
    await visit.page.click(by("train-start"));
    await steps(visit, 20);
    await visit.page.click(by("train-start"));
    await waitFor(visit, "train-start", "Go on");
    // By now pictures were shown and a snapshot was kept: all buffers are there. `cargo xtask soak` takes a thousand steps.
    const early = await deviceMemory(visit);
    await visit.page.click(by("train-start"));
    // A few at a time: on an emulated adapter each may take seconds.
    for (let count = 40; count <= 200; count += 20) await steps(visit, count);
    const late = await deviceMemory(visit);
    const told = await visit.page.getAttribute("#curves-distance", "aria-label") ?? "";
    const last = Number(/L_AE: (\d+\.?\d*)/.exec(told)?.[1]);
    assert.ok(last < first - 0.05, `L_AE was ${first} at the first step and is ${last} on average of the last ten`);
    await visit.page.click(by("train-stop"));
    await visit.tells("status", /is kept\.$/);
    assert.ok(early.used > 0 && early.used <= early.reserved, `${early.used} of ${early.reserved} MB`);
    assert.ok(late.used <= early.used + 0.1, `what is used on the adapter grew from ${early.used} to ${late.used} MB`);
    assert.ok(late.reserved <= 1.1 * early.reserved, `what it holds grew from ${early.reserved} to ${late.reserved} MB`);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("a step takes few dispatches of a GPU: each costs, however small", async () => {
    const page = await shared.browser.newPage();
    await page.goto(shared.server.address);
    const { dispatches } = await costs(page, "training", "webgpu", { runs: 0, steps: 0 });
    assert.ok(dispatches > 0 && dispatches <= 450, `${dispatches}`);
    await page.close();
  });

  test("a step is timed on both devices where no address names one, and the faster takes the training", async () => {
    // Chromium's adapter here is an emulated one, with which no step is tried.
    const rigged = await serve({
      "/js/adapter.js": (file) => String(file).replace(/return told === true .*$/m, "return false;"),
      "/js/workshop/worker.js": (file) => TELLING + file,
    });
    const visit = await open(rigged.address, "auto");
    await visit.page.evaluate(() => { new BroadcastChannel("asked").onmessage = () => { document.body.dataset.asked = "yes"; }; });
    await choose(visit, { width: 2, batch: 2 });
    await visit.page.click(by("train-step"));
    await visit.tells("status", /A step is timed/);
    await steps(visit, 1);
    assert.equal(await visit.page.getAttribute("body", "data-asked"), "yes", "a graphics device was tried");
    await visit.tells("train-device", "cpu");
    await visit.close();
    await rigged.close();
  });

  test("a training survives its graphics device", async () => {
    const rigged = await serve({ "/js/workshop/worker.js": (file) => DESTROYER + file });
    const visit = await open(rigged.address, "webgpu");
    await choose(visit, { width: 2, batch: 2 });
    await visit.page.click(by("train-start"));
    await steps(visit, 2);
    await visit.page.evaluate(() => new BroadcastChannel("destroy").postMessage("now"));
    const told = await visit.alert(/training.s (graphics device was lost|program stopped).*goes on from step \d+ on the CPU/i);
    assert.equal(await visit.text("device"), "webgpu", "the page's own device is another one");
    const kept = Number(/from step (\d+)/.exec(told)?.[1]);
    await waitFor(visit, "train-device", "cpu");
    await steps(visit, kept + 3);
    await visit.page.click(by("train-start"));
    await waitFor(visit, "train-start", "Go on");
    await visit.close();
    await rigged.close();
  });

  test("weights leave as a model and as a run, and come back from the native program", async () => {
    const visit = await open(shared.server.address, "cpu");
    await choose(visit, { width: 4, batch: 4 });
    await visit.page.click(by("train-start"));
    await steps(visit, 20);
    await visit.page.click(by("train-start"));
    await waitFor(visit, "train-start", "Go on");
    const taken = await number(visit, "train-count");
    const model = await download(visit, "train-export", "model");
    assert.deepEqual((await readdir(model)).sort(), ["cutout.safetensors", "discriminator.safetensors", "encoder.safetensors", "generator.safetensors", "model.json"]);
    // The page takes the same weights, and both sides rebuild the same photographs.
    await visit.page.click(by("train-use"));
    await visit.page.waitForFunction(() => /whole page uses it/.test(document.querySelector("[data-testid=status]")?.textContent ?? "") || document.querySelector("#model-facts")?.textContent?.includes("width 4"));
    const photos = await twoPhotos(visit);
    const shown = [];
    for (const path of photos) shown.push(await agrees(visit, path, model));
    const figures = JSON.parse(await stylewalk("evaluate", join(shared.folder, "photos"), "--model", model, "--json"));
    assert.equal(figures.images, 2);
    const mean = shown.reduce((sum, psnr) => sum + psnr, 0) / 2;
    assert.ok(Math.abs(figures.psnr - mean) < 0.1, `${figures.psnr} dB natively, ${mean} dB on the page`);
    // The native program goes on with the run, publishes it, and the page opens that.
    const run = await download(visit, "train-export-run", "run");
    await stylewalk("resume", run, "--steps", String(taken + 3));
    const [config, stats] = await Promise.all(["config.json", "stats.jsonl"].map((name) => readFile(join(run, name), "utf8")));
    assert.equal(JSON.parse(config ?? "").photographs, 512);
    assert.match(stats ?? "", new RegExp(`"step":${taken + 3},`));
    const native = join(shared.folder, "native");
    await stylewalk("export", run, "--out", native);
    await visit.page.setInputFiles(by("model-input"), (await readdir(native)).map((name) => join(native, name)));
    await visit.page.waitForFunction((steps) => document.querySelector("#model-facts")?.textContent?.includes(`for ${steps} steps`), taken + 3);
    await agrees(visit, photos[0] ?? "", native);
    // It opens the run as well, by the last of its checkpoints.
    const stepsOf = async () => (await readdir(join(run, "checkpoints"))).sort();
    assert.deepEqual(await stepsOf(), [taken, taken + 3].map((step) => `step-${String(step).padStart(7, "0")}`));
    await visit.page.setInputFiles(by("model-input"), join(shared.folder, "train-export.zip"));
    await visit.page.waitForFunction((steps) => document.querySelector("#model-facts")?.textContent?.includes(`for ${steps} steps`), taken);
    await visit.drop([run]);
    await visit.page.waitForFunction((steps) => document.querySelector("#model-facts")?.textContent?.includes(`for ${steps} steps`), taken + 3);
    await agrees(visit, photos[0] ?? "", native);
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("a run that cannot be opened is told, and one in an archive opens", async () => {
    const visit = await open(shared.server.address, "cpu");
    const zip = join(shared.folder, "train-export-run.zip");
    assert.ok(existsSync(zip), "the test before saved it");
    await visit.drop([zip], "train-start");
    await visit.page.waitForFunction(() => document.querySelector("#model-facts")?.textContent?.includes("width 4"));
    const run = join(shared.folder, "damaged");
    await unzip(await readFile(zip), run);
    /** @param {RegExp} sentence */
    const refused = async (sentence) => {
      await visit.drop([run], "train-start");
      await visit.alert(sentence);
    };
    const [step] = await readdir(join(run, "checkpoints"));
    const checkpoint = join(run, "checkpoints", step ?? "");
    await rm(join(checkpoint, "trainer.json"));
    await refused(/^trainer\.json is missing in the checkpoint\.$/);
    await writeFile(join(run, "config.json"), "{}");
    await refused(/^config\.json is not the configuration of a run: missing field `data`/);
    await rm(join(run, "checkpoints"), { recursive: true });
    await refused(/^This run has no checkpoint yet: train it further/);
    await rebuilds(visit);
    await visit.close();
  });

  test("an archive that is dropped opens, and a wrong one is told", async () => {
    const visit = await open(shared.server.address, "cpu");
    const zip = join(shared.folder, "train-export.zip");
    assert.ok(existsSync(zip), "the test before saved it");
    await visit.drop([zip], "train-start");
    await visit.page.waitForFunction(() => document.querySelector("#model-facts")?.textContent?.includes("width 4"));
    const wrong = join(shared.folder, "wrong.zip");
    await writeFile(wrong, "Trousers, shirt, hat.");
    await visit.drop([wrong], "train-start");
    await visit.alert(/archive cannot be used/);
    await rebuilds(visit);
    await visit.close();
  });

  test("a visitor's own photos are trained on, and those that are none are told", async () => {
    const visit = await open(shared.server.address, "cpu");
    const paths = await twoPhotos(visit);
    const broken = join(shared.folder, "broken.jpg");
    await writeFile(broken, "Trousers, shirt, hat.");
    await visit.page.setInputFiles(by("train-photos"), [...paths, broken]);
    await visit.alert(/^1 of 3 files could not be used: broken\.jpg: /);
    await visit.tells("train-photo-count", "2 photos");
    assert.ok(await visit.page.isChecked(by("train-own")));
    await choose(visit, { width: 2, batch: 2, own: true });
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    await visit.page.click(by("train-reset"));
    await waitFor(visit, "train-start", "Start training");
    assert.ok(await visit.page.isHidden("#training"));
    await visit.page.fill(by("train-batch"), "1");
    await visit.page.click(by("train-step"));
    await visit.alert(/Pictures a step/);
    await visit.close();
  });

  /** @param {Visit} visit @param {string} hook @param {string} name @returns {Promise<string>} the folder it unpacks to */
  async function download(visit, hook, name) {
    const [saved] = await Promise.all([visit.page.waitForEvent("download"), visit.page.click(by(hook))]);
    assert.equal(saved.suggestedFilename(), `stylewalk-${name}.zip`);
    const path = join(shared.folder, `${hook}.zip`);
    await saved.saveAs(path);
    await unzip(await readFile(path), join(shared.folder, name));
    return join(shared.folder, name);
  }

  /** @param {Visit} visit @returns {Promise<string[]>} photographs in a folder of their own */
  async function twoPhotos(visit) {
    await mkdir(join(shared.folder, "photos"), { recursive: true });
    return Promise.all([[300, 400], [400, 300]].map(async ([width = 0, height = 0]) => {
      const path = join(shared.folder, "photos", `${width}x${height}.png`);
      await writeFile(path, (await drawn(visit.page, { width, height, type: "image/png" })).buffer);
      return path;
    }));
  }

  /** The page's reconstruction is the native program's. @param {Visit} visit @param {string} path @param {string} model @returns {Promise<number>} dB */
  async function agrees(visit, path, model) {
    const page = await visit.reconstructs(() => visit.choose(path));
    const words = ["reconstruct", path, "--model", model, "--json", "--out", join(shared.folder, "both.png")];
    const native = JSON.parse(await stylewalk(...words));
    assert.ok(farthest(page.latent, native.latent) <= 2e-3, `codes differ by ${farthest(page.latent, native.latent)}`);
    const psnr = Number.parseFloat(await visit.text("psnr"));
    assert.ok(Math.abs(psnr - native.psnr) <= 0.06, `${psnr} dB on the page, ${native.psnr} dB natively`);
    return psnr;
  }
});

/** The page still rebuilds. Not its samples: those of a model hardly trained are all one grey. @param {Visit} visit */
async function rebuilds(visit) {
  const photo = await drawn(visit.page, { width: 200, height: 260, type: "image/png" });
  await visit.reconstructs(() => visit.choose(photo));
  assert.equal(await visit.page.getAttribute(by("status"), "role"), "status", "the old error is gone");
}

/** In MB. @param {Visit} visit */
async function deviceMemory(visit) {
  const told = /^([\d.]+) of ([\d.]+) MB on the graphics adapter$/.exec(await visit.text("train-device-memory"));
  assert.ok(told, await visit.text("train-device-memory"));
  return { used: Number(told[1]), reserved: Number(told[2]) };
}

/** @param {Visit} visit */
async function watchTasks({ page }) {
  await page.evaluate(() => {
    const longest = { longest: 0 };
    Object.assign(window, { tasks: longest });
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) longest.longest = Math.max(longest.longest, task.duration);
    }).observe({ type: "longtask" });
  });
}

/** In ms, since it was asked last. @param {Visit} visit @returns {Promise<number>} */
function longestTask({ page }) {
  return page.evaluate(() => {
    const { tasks } = /** @type {any} */ (window);
    const { longest } = tasks;
    tasks.longest = 0;
    return longest;
  });
}

/** axe is put in by the test's own browser context, past the page's policy. @param {Visit} visit */
async function axe({ page }) {
  await page.addScriptTag({ content: await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8") });
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
    assert.deepEqual(violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.html).join(" ")}`), [], colorScheme);
  }
}
