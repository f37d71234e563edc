// Browsers, networks and machines that do less than they should: within ten seconds there is a sentence, or something that
// works instead.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cp } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./chromium.mjs";
import { drawn } from "./photos.mjs";
import { NAMELESS, SILENT } from "./rigged.mjs";
import { dist, serve } from "./server.mjs";
import { site } from "./site.mjs";
import { by, until, Visit } from "./visit.mjs";

/** What a network answers that wants a visitor to log in first. */
const LOGIN = "<!doctype html><title>Log in</title><h1>Welcome to the hotel</h1>";

describe("graphics adapters", () => {
  const shared = site({ webgpu: true });

  /** @param {string} script before every one of the page and its worker */
  const rigged = (script) => serve({ "/js/main.js": (file) => script + file, "/js/adapter.js": (file) => script + file, "/js/worker.js": (file) => script + file, "/js/workshop/worker.js": (file) => script + file });

  test("one that says nothing of itself is timed, and used where the address asks for it", async () => {
    const server = await rigged(NAMELESS);
    const visit = await Visit.open(shared.browser, server.address);
    await visit.ready();
    await visit.settled();
    assert.match(await visit.text("device-why"), /on the graphics adapter \(WebGPU\)\.$|too slow|: [\d.,]+\sms a picture/);
    await visit.page.goto(`${server.address}?device=webgpu`);
    await visit.ready();
    await visit.tells("device", "webgpu");
    await visit.reconstructs(async () => visit.choose(await drawn(visit.page, { width: 200, height: 260, type: "image/png" })));
    await visit.page.click(by("refine"));
    await visit.tells("refine-note", /^Refined/);
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  test("one that never answers is not waited for", async () => {
    const server = await rigged(SILENT);
    const visit = await Visit.open(shared.browser, server.address);
    await visit.ready();
    await visit.tells("device-why", "The graphics adapter did not answer in time.");
    await visit.page.goto(`${server.address}?device=webgpu`);
    await visit.alert(/WebGPU was asked for.*the graphics adapter does not answer.*runs on the CPU instead/);
    await visit.ready();
    assert.deepEqual(visit.errors, []);
    await visit.close();
    await server.close();
  });

  test("a device that never opens is told of while it is waited for", async () => {
    const never = "if (globalThis.GPUAdapter) GPUAdapter.prototype.requestDevice = () => new Promise(() => {});";
    const server = await serve({ "/js/worker.js": (file) => never + file });
    const visit = await Visit.open(shared.browser, `${server.address}?device=webgpu`);
    await until(() => visit.page.textContent("#progress-text"), (text) => /has not answered for 8 seconds; after 60 the CPU takes over/.test(text ?? ""), "nobody says why it takes long");
    await visit.close();
    await server.close();
  });
});

describe("networks", () => {
  const shared = site({ webgpu: false });

  /** A page that was kept at an earlier visit. @param {Record<string, import("./server.mjs").Answer>} [later] what its server answers then */
  async function kept(later = {}) {
    let now = /** @type {Record<string, import("./server.mjs").Answer>} */ ({});
    const paths = ["/", "/index.html", "/js/main.js", "/js/dom.js", "/wasm/viewer_bg.wasm", "/weights/model.json"];
    const server = await serve(Object.fromEntries(paths.map((path) => [path, (file) => (now[path] ?? now["*"])?.(file)])));
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /kept on this device/);
    return { server, visit, turn: () => { now = later; } };
  }

  /** @type {[string, Record<string, import("./server.mjs").Answer>][]} */
  const cases = [
    ["accepts and never answers", { "*": () => new Promise(() => {}) }],
    ["is out of order", { "*": () => 503 }],
    ["answers scripts with its own page", { "/js/main.js": () => LOGIN, "/js/dom.js": () => LOGIN, "/wasm/viewer_bg.wasm": () => LOGIN, "/weights/model.json": () => 502 }],
  ];
  for (const [what, later] of cases) {
    test(`a kept page opens where the network ${what}`, async () => {
      const { server, visit, turn } = await kept(later);
      turn();
      const start = Date.now();
      await visit.page.reload({ waitUntil: "commit" });
      await visit.ready();
      const took = Date.now() - start;
      // Four seconds for the page, four for the model's description, and what a busy machine takes to start; without a copy in time, never.
      assert.ok(took < 40_000, `it took ${took} ms`);
      await visit.usable(await drawn(visit.page, { width: 200, height: 260, type: "image/png" }));
      await visit.close();
      await server.close();
    });
  }

  test("a login page instead of the model is told as such", async () => {
    const server = await serve({ "/weights/model.json": () => 404 });
    const visit = await Visit.open(shared.browser, "about:blank");
    await visit.page.route("**/weights/model.json", (route) => route.fulfill({ contentType: "text/html", body: LOGIN }));
    await visit.page.goto(`${server.address}?device=cpu`);
    await visit.alert(/There is no model\.json at .*answered with a web page.*log in, then load again/);
    await visit.close();
    await server.close();
  });

  test("a model that stops coming is told of soon, and given up", async () => {
    const server = await serve({ "/weights/generator.safetensors": (file) => stopping(file) });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await until(() => visit.page.textContent("#progress-text"), (text) => /nothing has come for 8 seconds/.test(text ?? ""), "nobody says that nothing comes");
    await visit.alert(/download of generator\.safetensors broke off.*no byte came for 20 seconds/);
    server.right();
    await visit.page.click(by("retry"));
    await visit.ready();
    await visit.close();
    await server.close();
  });

  test("a page whose program never comes says so without it", async () => {
    const server = await serve({ "/js/main.js": () => new Promise(() => {}) });
    const context = await shared.browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    await page.goto(server.address, { waitUntil: "commit" });
    await page.waitForSelector(".late", { state: "visible", timeout: 20_000 });
    await context.close();
    await server.close();
  });

  test("a page that is opened as a file says why nothing begins", async () => {
    const folder = join(shared.folder, "file");
    await cp(dist, folder, { recursive: true, filter: (path) => !/wasm|weights/.test(path.slice(dist.length)) });
    const page = await (await shared.browser.newContext()).newPage();
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    await page.waitForSelector(".late", { state: "visible", timeout: 20_000 });
    assert.match(await page.textContent(".late") ?? "", /opened as a file cannot begin: serve its folder/);
    await page.context().close();
  });

  test("without JavaScript the reason stands where the page would begin", async () => {
    const context = await shared.browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.goto(shared.server.address);
    const reason = page.locator("noscript");
    const box = await reason.boundingBox();
    assert.ok(box && box.y < 900, `it is ${box?.y} pixels down`);
    assert.ok(await page.isHidden("#loading"));
    await context.close();
  });

  test("over plain http, another machine's address, the page works and names the reason for what is missing", async (t) => {
    const address = Object.values(networkInterfaces()).flat().find((one) => one?.family === "IPv4" && !one.internal)?.address;
    if (!address) return t.skip("needs a network address of this machine beside 127.0.0.1");
    const server = await serve({}, undefined, "0.0.0.0");
    const visit = await Visit.open(shared.browser, server.address.replace("127.0.0.1", address));
    await visit.ready();
    await visit.tells("device-why", /to pages over https alone, and this one came over http/);
    await visit.tells("kept", /came over http.*open it over https/);
    await visit.usable(await drawn(visit.page, { width: 200, height: 260, type: "image/png" }));
    // The browser itself says which headers it heeds over https alone.
    assert.deepEqual(visit.errors.filter((error) => !/header has been ignored/.test(error)), []);
    await visit.close();
    await server.close();
  });

  test("a login page is not kept in place of the page's files", async () => {
    let away = false;
    const login = () => (away ? LOGIN : undefined);
    const server = await serve({ "/": login, "/js/main.js": login, "/wasm/viewer_bg.wasm": login });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /refining and training too/);
    const keeps = () => visit.page.evaluate(() => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      navigator.serviceWorker.controller?.postMessage({ kind: "keep" }, [port2]);
    }));
    assert.equal(await keeps(), "kept");
    away = true;
    assert.equal(await keeps(), "failed");
    server.leave(true);
    await visit.page.reload();
    await visit.ready();
    await visit.close();
    await server.close();
  });

  test("a kept page opens by its file's name, too", async () => {
    const { server, visit } = await kept();
    server.leave(true);
    await visit.page.goto(`${server.address}index.html?device=cpu`);
    await visit.ready();
    await visit.close();
    await server.close();
  });

  test("a browser that forbids keeping by throwing is told of as such", async () => {
    const visit = await Visit.open(shared.browser, "about:blank", { serviceWorkers: "allow" });
    await visit.page.addInitScript(() => Object.defineProperty(window, "caches", { get() { throw new DOMException("no", "SecurityError"); } }));
    await visit.page.goto(`${shared.server.address}?device=cpu`);
    await visit.ready();
    await visit.tells("kept", "This browser did not let the page keep itself for use without a network.");
    assert.deepEqual(visit.errors, []);
    await visit.close();
  });

  test("a new copy for which there is no room leaves the old one whole", async () => {
    let told = "standfirst";
    const renamed = (/** @type {Buffer} */ file) => file.toString().replace("Show it something you wear.", `${told}.`);
    const rig = `
      const put = Cache.prototype.put;
      let room = 20;
      Cache.prototype.put = async function (...file) {
        if ((await fetch("/full")).ok && --room < 0) throw new DOMException("full", "QuotaExceededError");
        return put.apply(this, file);
      };
    `;
    const server = await serve({ "/": renamed, "/index.html": renamed, "/sw.js": (file) => rig + file, "/full": () => (told === "standfirst" ? 404 : "full") });
    const visit = await Visit.open(shared.browser, `${server.address}?device=cpu`, { serviceWorkers: "allow" });
    await visit.ready();
    await visit.tells("kept", /refining and training too/);
    told = "A new version";
    await visit.page.reload();
    await visit.tells("kept", /no room/);
    assert.match(await visit.page.textContent(".standfirst") ?? "", /^A new version/);
    server.leave(true);
    await visit.page.reload();
    await visit.ready();
    assert.match(await visit.page.textContent(".standfirst") ?? "", /^standfirst/, "the old page, with the old program");
    await visit.close();
    await server.close();
  });
});

describe("programs that stop", () => {
  const shared = site({ webgpu: false });
  /** The worker traps at photos of this length, as a program does that ran out of memory. */
  const trap = (/** @type {number} */ length) => `
    const { postMessage: post } = self;
    addEventListener("message", (event) => {
      const [photo] = event.data.args ?? [];
      if (photo?.length !== ${length}) return;
      event.stopImmediatePropagation();
      post({ end: "stopped", reason: "unreachable" });
    });
  `;

  test("at one photo, others are taken, before it and after it", async () => {
    const visit = await shared.open();
    const [good, bad] = [await drawn(visit.page, { width: 200, height: 260, type: "image/png" }), await drawn(visit.page, { width: 260, height: 200, type: "image/jpeg" })];
    await visit.close();
    const server = await serve({ "/js/worker.js": (file) => trap(bad.buffer.length) + file });
    const other = await Visit.open(shared.browser, `${server.address}?device=cpu`);
    await other.ready();
    await other.choose([bad, good]);
    await other.alert(/^2 files were chosen; 1 is pinned; 1 could not be used: drawn\.jpeg\.$/);
    assert.match(await other.page.textContent(`${by("refused")} li`) ?? "", /^drawn\.jpeg: The program cannot do this \(unreachable\); anything else goes on/);
    await other.usable(good);
    // For a training, too.
    await other.page.click("#train-fold > summary");
    await other.page.setInputFiles(by("train-photos"), [bad, good, { ...good, name: "again.png" }]);
    await other.alert(/^1 of 3 files could not be used: drawn\.jpeg: /);
    await other.tells("train-photo-count", "2 photos");
    await other.close();
    await server.close();
  });
});

test("a browser that lacks SIMD is told what it lacks", async () => {
  const browser = await launch({ webgpu: false });
  const server = await serve();
  const visit = await Visit.open(browser, "about:blank");
  await visit.page.addInitScript(() => { WebAssembly.validate = () => false; });
  await visit.page.goto(server.address);
  await visit.alert(/^This browser lacks WebAssembly.s SIMD.*Chrome or Edge 113/);
  await browser.close();
  await server.close();
});

test("?model= that names nothing is told, and the page's own model is there", async () => {
  const browser = await launch({ webgpu: false });
  const server = await serve();
  const visit = await Visit.open(browser, `${server.address}?device=cpu&model=nowhere`);
  await visit.alert(/model\.json at \/nowhere\/model\.json.*own model is used instead\.$/);
  await visit.ready();
  await visit.page.goto(`${server.address}?device=cpu&model=weights/model.json`);
  await visit.ready();
  assert.equal(await visit.page.getAttribute(by("status"), "role"), "status");
  await browser.close();
  await server.close();
});

/** Half of it, and then nothing. @param {Buffer} file @returns {AsyncIterable<Buffer>} */
async function* stopping(file) {
  yield file.subarray(0, file.length / 2);
  await new Promise(() => {});
}
