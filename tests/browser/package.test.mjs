// The viewer's package on a page of somebody else: packed, installed into an empty project, built by Vite and served; and
// the example of docs/, on a server of plain files.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, preview } from "vite";
import { drawn } from "./photos.mjs";
import { model } from "./server.mjs";
import { site } from "./site.mjs";
import { until } from "./visit.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** A page of the project, in TypeScript: its types are checked, too. What it offers the tests is `project`. */
const PAGE = `<!doctype html><html lang="en"><title>A project</title><style-walk model="weights/" device="cpu"></style-walk>
<script type="module" src="main.ts"></script>`;
const MAIN = `import { load, type Model, type Picture } from "stylewalk";
import "stylewalk/element";
import type { StyleWalk } from "stylewalk/element";

const element: StyleWalk | null = document.querySelector("style-walk");
element?.addEventListener("reconstruction", ({ detail }) => { project.told = detail.code.length; });
const project = { load, told: 0, walk: (model: Model, codes: Float32Array[]): Promise<Picture[]> => model.walk(codes, 4) };
Object.assign(window, { project });
`;

describe("the package", () => {
  const shared = site({ webgpu: true });
  /** @type {Awaited<ReturnType<typeof preview>>[]} */
  const servers = [];
  /** @type {Promise<string>} what the types' compiler says, beside the build */ let checked;
  /** @type {string} the project's address */ let project;
  /** @type {string} the address of docs/embed.html */ let example;

  before(async () => {
    const folder = join(shared.folder, "project");
    await run("cargo", ["xtask", "package", "--out", shared.folder], { cwd: root });
    const [tarball = ""] = (await readdir(shared.folder)).filter((name) => name.endsWith(".tgz"));
    await mkdir(join(folder, "public"), { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(shared.folder, tarball)], { cwd: folder });
    await Promise.all([
      writeFile(join(folder, "index.html"), PAGE),
      writeFile(join(folder, "main.ts"), MAIN),
      cp(model, join(folder, "public/weights"), { recursive: true }),
    ]);
    const compiler = require.resolve("typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--target", "es2023", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable"];
    checked = run("node", [compiler, ...options, "main.ts"], { cwd: folder }).then(() => "", ({ stdout }) => stdout);
    await build({ root: folder, logLevel: "warn" });
    project = await served(folder, "dist", "spa");
    const plain = join(folder, "plain");
    await cp(join(root, "docs/embed.html"), join(plain, "index.html"));
    await cp(join(folder, "node_modules"), join(plain, "node_modules"), { recursive: true });
    await cp(model, join(plain, "weights"), { recursive: true });
    example = await served(folder, "plain", "mpa");
  });
  after(() => Promise.all(servers.map((server) => server.close())));

  test("its types fit what a project writes", async () => assert.equal(await checked, ""));

  for (const device of /** @type {const} */ (["cpu", "webgpu"])) {
    test(`on the ${device}, its pictures and numbers are the page's`, async () => {
      const visit = await shared.open(device);
      await visit.tells("device", device);
      const photo = await drawn(visit.page, { width: 300, height: 400, type: "image/png" });
      const page = await visit.reconstructs(() => visit.choose(photo));
      await visit.close();
      const other = await opened(project);
      const made = await other.evaluate(async ({ base64, device }) => {
        const model = await /** @type {any} */ (window).project.load("weights", { device });
        const photo = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]);
        const { original, reconstruction, code, psnr } = await model.reconstruct(photo);
        const encoded = await model.encode(photo);
        const [decoded] = await model.decode(code);
        const pixels = (/** @type {ImageData} */ { data }) => [...data];
        const found = { original: pixels(original), reconstruction: pixels(reconstruction), decoded: pixels(decoded), code: [...code], encoded: [...encoded], psnr, device: model.device, kept: await caches.keys() };
        await model.close();
        return found;
      }, { base64: photo.buffer.toString("base64"), device });
      assert.equal(made.device, device);
      assert.deepEqual(made.kept, [], "nothing is left behind on somebody else's site");
      assert.deepEqual(made.original, page.original);
      assert.deepEqual(made.reconstruction, page.reconstruction);
      assert.deepEqual(made.decoded, page.reconstruction);
      assert.deepEqual(made.code.map((/** @type {number} */ value) => Number(value.toFixed(4))), page.latent);
      assert.deepEqual(made.encoded, made.code);
      assert.ok(made.psnr > 5);
      await other.context().close();
    });
  }

  test("samples are their seed's, and a walk goes from code to code", async () => {
    const page = await opened(project);
    const found = await page.evaluate(async () => {
      const { load, walk } = /** @type {any} */ (window).project;
      const model = await load("weights/", { device: "cpu" });
      const [first, again, other] = [await model.sample(3, { seed: 5 }), await model.sample(3, { seed: 5 }), await model.sample(3, { seed: 6 })];
      const walked = await walk(model, [first[0].code, first[1].code, first[2].code]);
      const plain = (/** @type {any[]} */ made) => made.map(({ code, picture }) => [[...code], [...picture.data]]);
      return { latent: model.latent, first: plain(first), again: plain(again), other: plain(other), walked: plain(walked) };
    });
    assert.equal(found.first[0]?.[0]?.length, found.latent);
    assert.deepEqual(found.again, found.first);
    assert.notDeepEqual(found.other, found.first);
    assert.equal(found.walked.length, 9);
    assert.deepEqual([found.walked[0], found.walked[4], found.walked[8]], found.first);
    await page.context().close();
  });

  test("what fails is one sentence", async () => {
    const page = await opened(project);
    const said = await page.evaluate(async () => {
      const { load } = /** @type {any} */ (window).project;
      const says = (/** @type {Promise<any>} */ asked) => asked.then(() => "nothing", (/** @type {Error} */ error) => error.message);
      const model = await load("weights/", { device: "cpu" });
      const late = new AbortController();
      const stopped = says(load("weights/", { signal: late.signal }));
      late.abort(new Error("Changed my mind."));
      const all = {
        address: await says(load("elsewhere/")),
        device: await says(load("weights/", { device: "gpu" })),
        stopped: await stopped,
        photo: await says(model.reconstruct(new Blob(["no photo"]))),
        blob: await says(model.encode("photo.png")),
        codes: await says(model.decode(new Float32Array(7))),
        count: await says(model.sample(-1)),
        steps: await says(model.walk([new Float32Array(model.latent)], 0.5)),
        alive: (await model.sample(1, { seed: 1 })).length,
      };
      const waiting = says(model.sample(500));
      await model.close();
      return { ...all, waiting: await waiting, closed: await says(model.sample(1)) };
    });
    assert.match(said.address, /^There is no model\.json at \/elsewhere\/model\.json \(the server answered with a web page\): put the model directory there/);
    assert.match(said.device, /^gpu is not a device/);
    assert.equal(said.stopped, "Changed my mind.");
    assert.match(said.photo, /^[A-Z][^\n]*\.$/);
    assert.match(said.blob, /^A photo is a Blob/);
    assert.match(said.codes, /^7 numbers are not whole codes: .*\.$/);
    assert.match(said.count, /^The number of pictures is -1: give a whole number from 1 to 1024\.$/);
    assert.match(said.steps, /^The number of steps is 0\.5: /);
    assert.equal(said.alive, 1);
    assert.match(said.waiting, /^This model was closed/);
    assert.match(said.closed, /^This model was closed/);
    await page.context().close();
  });

  test("the element takes a dropped file, refuses another, and goes on", async () => {
    const page = await opened(project);
    const element = page.locator("style-walk");
    const photo = await drawn(page, { width: 300, height: 400, type: "image/png" });
    await drop(page, { name: "words.txt", buffer: Buffer.from("no photo") });
    await says(element, /^words\.txt: .*\.$/);
    await drop(page, photo);
    await says(element, /^Rebuilt from 100 numbers, at \d+\.\d\sdB\.$/);
    assert.match(await element.getByRole("img").nth(0).getAttribute("aria-label") ?? "", /^Your photo, drawn\.png/);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).project.told), 100);
    const shown = await element.locator("canvas").nth(1).evaluate((canvas) => [.../** @type {HTMLCanvasElement} */ (canvas).getContext("2d")?.getImageData(0, 0, 64, 64).data ?? []]);
    assert.deepEqual(shown, await page.evaluate(async () => {
      const element = /** @type {any} */ (document.querySelector("style-walk"));
      const { reconstruction } = await new Promise((told) => {
        element.addEventListener("reconstruction", (/** @type {CustomEvent} */ { detail }) => told(detail), { once: true });
        void element.show(/** @type {any} */ (window).dropped);
      });
      return [...reconstruction.data];
    }));
    await element.evaluate((element) => element.setAttribute("model", "elsewhere/"));
    await says(element, /^There is no model\.json at \/elsewhere\//);
    await element.evaluate((element) => element.setAttribute("model", "weights/"));
    await says(element, /^Ready for a photo\.$/);
    await page.context().close();
  });

  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`the example works on a server of plain files, on a telephone, in ${colorScheme}, by keyboard`, async () => {
      const page = await opened(example, { colorScheme, viewport: { width: 320, height: 640 } });
      const element = page.locator("style-walk");
      // Early: the browser hears of it some time after.
      const chosen = page.waitForEvent("filechooser");
      await page.waitForFunction(() => document.querySelectorAll("#samples canvas").length === 8);
      await says(element, /^Ready for a photo\.$/);
      await page.bringToFront();
      await page.keyboard.press("Tab");
      await until(() => page.evaluate(() => document.activeElement?.tagName), (focused) => focused === "STYLE-WALK", "the element is not focused");
      await page.keyboard.press("Enter");
      const { name, mimeType, buffer } = await drawn(page, { width: 300, height: 400, type: "image/png" });
      await (await chosen).setFiles({ name, mimeType, buffer });
      await says(element, /^Rebuilt from 100 numbers/);
      await element.evaluate((element) => element.setAttribute("model", "elsewhere/"));
      await says(element, /^There is no model\.json at \/elsewhere\/model\.json \(404 not found\): .*\.$/);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
      await page.addScriptTag({ content: await readFile(require.resolve("axe-core/axe.min.js"), "utf8") });
      const { violations } = await page.evaluate(() => /** @type {any} */ (window).axe.run());
      assert.deepEqual(violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes.map((/** @type {any} */ { html }) => html).join(" ")}`), []);
      await page.context().close();
    });
  }

  /** @param {string} folder @param {string} inside @param {"spa" | "mpa"} appType with "spa", what is not there is the first page @returns {Promise<string>} its address */
  async function served(folder, inside, appType) {
    const server = await preview({ root: folder, configFile: false, appType, logLevel: "warn", build: { outDir: inside }, preview: { port: 0, host: "127.0.0.1" } });
    servers.push(server);
    return server.resolvedUrls?.local[0] ?? assert.fail("it is served nowhere");
  }

  /** @param {string} address @param {import("playwright-core").BrowserContextOptions} [options] */
  async function opened(address, options) {
    const page = await (await shared.browser.newContext(options)).newPage();
    await page.goto(address);
    return page;
  }
});

/** Drops a file on the element. @param {import("playwright-core").Page} page @param {{ name: string, buffer: Buffer }} file */
function drop(page, { name, buffer }) {
  return page.evaluate(({ name, base64 }) => {
    const dropped = new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name);
    Object.assign(window, { dropped });
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(dropped);
    const target = document.querySelector("style-walk")?.shadowRoot?.querySelector("label");
    for (const type of ["dragover", "drop"]) target?.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, composed: true, cancelable: true }));
  }, { name, base64: buffer.toString("base64") });
}

/** Waits until the element says so. @param {import("playwright-core").Locator} element @param {RegExp} expected */
function says(element, expected) {
  return until(async () => await element.getByRole("status").textContent() ?? "", (text) => expected.test(text), `the element never says ${expected}`);
}
