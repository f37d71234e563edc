// The workshop, which refines and trains, is fetched when somebody asks for it, and kept for later. Its download may fail,
// be slow or be offline: there is a sentence, a way to try again, and everything else goes on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawn } from "./photos.mjs";
import { serve } from "./server.mjs";
import { site } from "./site.mjs";
import { choose, offered, steps, unfold } from "./training.mjs";
import { by, until, Visit } from "./visit.mjs";

const PROGRAM = "/wasm/workshop_bg.wasm";

describe("the workshop", () => {
  const shared = site({ webgpu: false });

  test("is fetched when refining asks for it, and once for training, too", async () => {
    const server = await serve();
    const visit = await opened(server);
    assert.deepEqual(server.asked("/wasm/").sort(), ["viewer.js", "viewer_bg.wasm"]);
    await refines(visit);
    await offered(visit);
    await choose(visit, { width: 2, batch: 2 });
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    assert.equal(server.asked("/wasm/").filter((name) => name === "workshop_bg.wasm").length, 1);
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  test("training starts at once as it is set, the workshop unasked", async () => {
    const visit = await opened(shared.server);
    await unfold(visit);
    await visit.page.check(by("train-from-nothing"));
    await visit.page.fill(by("train-width"), "2");
    await visit.page.fill(by("train-batch"), "2");
    await visit.page.click(by("train-step"));
    await steps(visit, 1);
    assert.equal(await visit.page.inputValue(by("train-preset")), "ex8");
    assert.ok(await visit.page.isHidden(by("train-setup")));
    await visit.close();
  });

  /** @type {[string, import("./server.mjs").Answer, RegExp][]} */
  const wrong = [
    ["is missing", () => 404, /^The workshop did not come: There is no workshop at .*404.*try once more; the rest of the page goes on\.$/],
    ["is refused", () => 503, /^The workshop did not come: .*503/],
    ["breaks off", (file) => file.subarray(0, 5000), /^The workshop did not come: .*did not arrive whole/],
    ["stops half way", (file) => stopping(file), /^The workshop did not come: .*no byte came for 20 seconds/],
  ];
  for (const [what, answer, expected] of wrong) {
    test(`a download that ${what} is told, the viewer goes on, and it can be tried again`, async () => {
      const server = await serve({ [PROGRAM]: answer });
      const visit = await opened(server);
      await visit.page.click(by("refine"));
      await visit.alert(expected);
      await visit.tells("refine", "Refine");
      assert.ok(await visit.page.isHidden(by("refine-progress")));
      await unfold(visit);
      await visit.page.click(by("train-setup"));
      await visit.alert(expected);
      await visit.usable(await photo(visit));
      server.right();
      await refines(visit);
      await offered(visit);
      await visit.close();
      await server.close();
    });
  }

  test("a slow download shows how far it is, and the viewer goes on meanwhile", async () => {
    /** @type {() => void} */
    let release = () => {};
    const released = new Promise((resolve) => { release = () => resolve(undefined); });
    const server = await serve({ [PROGRAM]: (file) => slowly(file, released) });
    const visit = await opened(server);
    await unfold(visit);
    await visit.page.click(by("refine"));
    await visit.page.waitForFunction(() => (document.querySelector("progress[data-testid=refine-progress]")?.getAttribute("value") ?? "0") !== "0");
    assert.ok(await visit.page.isVisible(by("refine-progress")) && await visit.page.isVisible(by("train-progress")));
    assert.match(await visit.text("status"), /on its way\. The page goes on meanwhile/);
    // Another photo: the refinement that waits is for the one before.
    await visit.usable(await drawn(visit.page, { width: 300, height: 200, type: "image/png" }));
    await visit.tells("refine", "Refine");
    release();
    await visit.page.waitForSelector(by("refine-progress"), { state: "hidden" });
    await refines(visit);
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  test("where it is still being built, the page says so, and begins by itself when it is there", async () => {
    let built = false;
    const server = await serve({ [PROGRAM]: (file) => (built ? file : 404), "/wasm/workshop.json": () => (built ? 404 : "{}") });
    const visit = await opened(server);
    await visit.page.click(by("refine"));
    await visit.tells("status", /^The workshop is still being built on this machine/);
    await visit.usable(await photo(visit));
    const before = await psnr(visit);
    await visit.page.click(by("refine"));
    built = true;
    await better(visit, before);
    await visit.close();
    await server.close();
  });

  test("where it did not build, the page says why", async () => {
    const server = await serve({ [PROGRAM]: () => 404, "/wasm/workshop.json": () => JSON.stringify({ failed: "it did not build (a reason)" }) });
    const visit = await opened(server);
    await visit.page.click(by("refine"));
    await visit.alert(/^The workshop did not come: it did not build \(a reason\)\./);
    await visit.close();
    await server.close();
  });

  test("offline it works once it was kept", async () => {
    const server = await serve();
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.tells("kept", /refining and training too\.$/);
    server.leave(true);
    await visit.page.reload();
    await visit.ready();
    await visit.reconstructs(async () => visit.choose(await photo(visit)));
    await refines(visit);
    await visit.close();
    await server.close();
  });

  test("what does not come while it is kept, or not before the browser ends the service worker, comes later", async () => {
    let times = 0;
    const server = await serve({ [PROGRAM]: () => (++times === 1 ? 503 : times === 2 ? new Promise(() => {}) : undefined) });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await until(async () => times, (asked) => asked === 2, "what failed is not asked for again");
    const devtools = await visit.page.context().newCDPSession(visit.page);
    await devtools.send("ServiceWorker.enable");
    await devtools.send("ServiceWorker.stopAllWorkers");
    await visit.tells("kept", /refining and training too\.$/);
    await visit.close();
    await server.close();
  });

  test("a file of it of which no byte comes while it is kept is asked for again", async () => {
    let times = 0;
    const server = await serve({ [PROGRAM]: () => (++times === 1 ? new Promise(() => {}) : undefined) });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.tells("kept", /refining and training too\.$/);
    assert.equal(times, 2);
    await visit.close();
    await server.close();
  });

  test("offline, where it was not kept, the viewer works and says what is missing", async () => {
    const server = await serve({ [PROGRAM]: () => 503 });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.tells("kept", /work without a network; refining and training do not yet\.$/);
    server.leave(true);
    await visit.page.reload();
    await visit.ready();
    await visit.reconstructs(async () => visit.choose(await photo(visit)));
    await visit.page.context().setOffline(true);
    await visit.page.click(by("refine"));
    await visit.alert(/^The workshop did not come: .*There is no network, and this device has not kept it yet/);
    await visit.usable(await photo(visit));
    await visit.page.context().setOffline(false);
    server.leave(false);
    server.right();
    await refines(visit);
    await visit.close();
    await server.close();
  });

  /** The page, with a photo on it. @param {{ address: string }} server */
  async function opened(server) {
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await visit.ready();
    await visit.reconstructs(async () => visit.choose(await photo(visit)));
    return visit;
  }
});

/** @param {Visit} visit */
async function refines(visit) {
  const before = await psnr(visit);
  await visit.page.click(by("refine"));
  await better(visit, before);
  await visit.page.click(by("refine"));
  await visit.tells("refine", "Refine");
}

/** @param {Visit} visit @param {number} than */
function better({ page }, than) {
  return page.waitForFunction((than) => Number.parseFloat(document.querySelector("[data-testid=psnr]")?.textContent ?? "") > than, than);
}

/** @param {Visit} visit */
async function psnr(visit) {
  return Number.parseFloat(await visit.text("psnr"));
}

/** @param {Visit} visit */
function photo({ page }) {
  return drawn(page, { width: 200, height: 260, type: "image/png" });
}

/** Half of a file, and then nothing. @param {Buffer} file */
async function* stopping(file) {
  yield file.subarray(0, file.length / 2);
  await new Promise(() => {});
}

/** Half of a file, and the rest when that is released. @param {Buffer} file @param {Promise<unknown>} released */
async function* slowly(file, released) {
  yield file.subarray(0, file.length / 2);
  await released;
  yield file.subarray(file.length / 2);
}
