// From opening a page to its first reconstruction: how long that takes from this machine's disk and over a slow line, what
// comes until then, and how much memory the renderer has then. Every run is in a browser of its own: nothing is cached.
import { readFile } from "node:fs/promises";
import { launch } from "../../browser/chromium.mjs";
import { drawn } from "../../browser/photos.mjs";
import { Packed } from "./packed.mjs";
import { serve } from "./server.mjs";

/** Where files come from. `bits` a second, and so many milliseconds until an answer begins. @typedef {{ name: string, line: { bits: number, latency: number } | undefined }} Speed */
/** @type {Speed[]} */
const SPEEDS = [{ name: "disk", line: undefined }, { name: "10 Mbit/s", line: { bits: 10e6, latency: 40 } }];
/** A slow line needs half a minute for some of them. */
const PATIENCE = 300_000;

/** A page. `takesPhoto` where it is this project's, which is given one as soon as it takes any. @typedef {{ name: string, path: string, takesPhoto: boolean }} Visited */

/**
 * What one opening took. `program` is the part of `bytes` that is wasm and JavaScript; `memory` is in bytes.
 * @typedef {{ milliseconds: number, bytes: number, program: number, files: number, memory: number | undefined }} Opening
 */
/** @typedef {import("./tab.mjs").Browser} Browser */
/** @typedef {Awaited<ReturnType<Browser["newBrowserCDPSession"]>>} Session */
/** @typedef {Awaited<ReturnType<Awaited<ReturnType<Browser["newPage"]>>["waitForRequest"]>>} Request */
/** @typedef {{ contestant: string, speed: string, openings: Opening[], error?: string }} First */

/**
 * All pages in turns, once uncounted.
 * @param {import("./run.mjs").Settings} settings
 * @param {number} runs
 * @returns {Promise<First[]>}
 */
export async function first({ only, page, before, published, packed, chromiumArgs }, runs) {
  const packer = new Packed(packed);
  // Before a page is opened: none waits for minutes.
  for (const folder of [page, ...(before ? [before] : [])]) await packer.all(folder);
  const folders = { ours: page, before: before ?? "/nowhere", first: published.model, "first-onnx": published.onnx };
  const server = await serve(folders, (file, content) => packer.of(file, content));
  /** @type {Visited[]} */
  const visited = [{ name: "page", path: "/ours/index.html?device=cpu", takesPhoto: true }];
  if (before) visited.push({ name: "page-before", path: "/before/index.html?device=cpu", takesPhoto: true });
  if (only.length === 0 || only.includes("onnx-wasm")) visited.push({ name: "onnx-wasm", path: "/page/index.html?contestant=onnx&device=cpu&for=first", takesPhoto: false });
  visited.push({ name: "bare", path: "/page/bare.html", takesPhoto: false });
  const photo = await aPhoto();
  /** @type {First[]} */
  const all = SPEEDS.flatMap((speed) => visited.map(({ name }) => ({ contestant: name, speed: speed.name, openings: [] })));
  for (let run = -1; run < runs; run++) {
    // What comes from disk is what the slow line brings: one of them is enough to be warm.
    for (const speed of run < 0 ? SPEEDS.slice(0, 1) : SPEEDS) {
      for (const page of visited) {
        const entry = all.find(({ contestant, speed: at }) => contestant === page.name && at === speed.name);
        if (!entry || entry.error) continue;
        try {
          const opening = await open(server.address, page, speed, photo, chromiumArgs);
          console.error(`first picture, ${page.name}, ${speed.name}: ${Math.round(opening.milliseconds)} ms, ${(opening.bytes / 1e6).toFixed(2)} MB${run < 0 ? ", not counted" : ""}`);
          if (run >= 0) entry.openings.push(opening);
        } catch (error) {
          entry.error = String(error instanceof Error ? error.message : error).split("\n")[0] ?? "";
          console.error(`first picture, ${page.name}, ${speed.name}: failed: ${entry.error}`);
        }
      }
    }
  }
  await server.close();
  return all;
}

/**
 * @param {string} address
 * @param {Visited} visited
 * @param {Speed} speed
 * @param {string} photo as base64
 * @param {string[]} args
 * @returns {Promise<Opening>}
 */
async function open(address, { path, takesPhoto }, { line }, photo, args) {
  const browser = await launch({ webgpu: false, args });
  try {
    const page = await (await browser.newContext({ serviceWorkers: "block" })).newPage();
    page.setDefaultTimeout(PATIENCE);
    const system = await browser.newBrowserCDPSession();
    if (line) {
      const session = await page.context().newCDPSession(page);
      await session.send("Network.enable");
      const throughput = line.bits / 8;
      await session.send("Network.emulateNetworkConditions", { offline: false, latency: line.latency, downloadThroughput: throughput, uploadThroughput: throughput });
    }
    /** @type {Request[]} */
    const finished = [];
    page.on("requestfinished", (request) => finished.push(request));
    if (takesPhoto) await page.addInitScript(givePhoto, photo);
    await page.goto(address + path, { waitUntil: "commit" });
    await page.waitForFunction((own) => own || "bench" in window, takesPhoto);
    const milliseconds = await within(page.evaluate(() => /** @type {any} */ (window).firstPicture ?? bench.cold));
    const memory = await rendererMemory(system);
    const until = milliseconds + await page.evaluate(() => performance.timeOrigin);
    return { milliseconds, ...await received(finished, until), memory };
  } finally {
    await browser.close();
  }
}

/** Run in the page before its own scripts: gives it the photo when it begins to take any, and notes when the first reconstruction is shown. @param {string} photo */
function givePhoto(photo) {
  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (/** @type {any[]} */ ...args) {
    addEventListener.apply(this, /** @type {any} */ (args));
    if (args[0] !== "change" || !(this instanceof HTMLInputElement) || this.dataset.testid !== "photo-input") return;
    const files = new DataTransfer();
    files.items.add(new File([Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0))], "photo.jpg", { type: "image/jpeg" }));
    setTimeout(() => {
      this.files = files.files;
      this.dispatchEvent(new Event("change"));
    });
  };
  const firstPicture = new Promise((shown, failed) => {
    const look = new MutationObserver((changes) => {
      for (const { target } of changes) {
        if (!(target instanceof HTMLElement)) continue;
        if (target.dataset.testid === "reconstruction" && target.dataset.made) shown(performance.now());
        if (target.dataset.testid === "status" && target.role === "alert") failed(new Error(target.textContent ?? ""));
      }
    });
    look.observe(document, { subtree: true, attributes: true, attributeFilter: ["data-made", "role"] });
  });
  // The driver reads it a moment later.
  firstPicture.catch(() => {});
  Object.assign(window, { firstPicture });
}

/** @template T @param {Promise<T>} answer @returns {Promise<T>} */
function within(answer) {
  return Promise.race([answer, new Promise((_, reject) => setTimeout(() => reject(new Error(`no picture within ${PATIENCE / 1000} s`)), PATIENCE).unref())]);
}

/**
 * What had come whole by then, bodies as they were sent, workers' included.
 * @param {Request[]} finished
 * @param {number} until milliseconds since 1970
 */
async function received(finished, until) {
  const found = { bytes: 0, program: 0, files: 0 };
  for (const request of [...finished]) {
    const { startTime, responseEnd } = request.timing();
    if (startTime + responseEnd > until || !request.url().startsWith("http")) continue;
    const { responseBodySize } = await request.sizes();
    found.files += 1;
    found.bytes += responseBodySize;
    if (/\.(js|mjs|wasm)$/.test(new URL(request.url()).pathname)) found.program += responseBodySize;
  }
  return found;
}

/** Private bytes of the renderer, as Linux counts them; of the page's, where a spare one waits, too. @param {Session} system @returns {Promise<number | undefined>} */
async function rendererMemory(system) {
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  const sizes = await Promise.all(renderers.map(({ id }) => privateBytes(id)));
  const known = sizes.filter((size) => size !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** @param {number} process */
async function privateBytes(process) {
  const rollup = await readFile(`/proc/${process}/smaps_rollup`, "utf8").catch(() => undefined);
  const parts = rollup?.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm);
  return parts && [...parts].reduce((sum, [, kilobytes]) => sum + 1024 * Number(kilobytes), 0);
}

/** A drawn outfit of 600x800 pixels. */
async function aPhoto() {
  const browser = await launch({ webgpu: false });
  const { buffer } = await drawn(await browser.newPage(), { width: 600, height: 800, type: "image/jpeg" });
  await browser.close();
  return buffer.toString("base64");
}
