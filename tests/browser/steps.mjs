// What a step of refining and a step of training cost, in the workshop itself: dispatches on a GPU, and time.
// As a program: node steps.mjs [--runs 9], on the page that is built and a quiet machine.
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";

/** @typedef {"refining" | "training"} Kind */
/** @typedef {{ dispatches: number, milliseconds: number[] }} Cost of a step; the times are of several runs of steps */

const KINDS = /** @type {const} */ (["refining", "training"]);

/**
 * Refining is of the published model; training begins from nothing, at width 8, with batches of 8 and the losses of the
 * paper's eighth experiment.
 * @param {import("playwright-core").Page} page at the address of a page that is served
 * @param {Kind} kind
 * @param {"cpu" | "webgpu"} device
 * @param {{ runs: number, steps: number }} size
 * @returns {Promise<Cost>}
 */
export function costs(page, kind, device, size) {
  return page.evaluate(async ({ kind, device, runs, steps }) => {
    let dispatches = 0;
    if ("GPUComputePassEncoder" in globalThis) {
      const { prototype } = GPUComputePassEncoder;
      for (const name of /** @type {const} */ (["dispatchWorkgroups", "dispatchWorkgroupsIndirect"])) {
        const original = prototype[name];
        prototype[name] = /** @type {any} */ (function (/** @type {any[]} */ ...given) {
          dispatches += 1;
          // @ts-expect-error: it is a method's own function
          return original.apply(this, given);
        });
      }
    }
    const here = location.origin;
    const { default: init, Session } = await import(`${here}/wasm/workshop.js`);
    await init();
    const session = await Session.open(device);
    const bytes = async (/** @type {string} */ name) => new Uint8Array(await (await fetch(`${here}/weights/${name}`)).arrayBuffer());
    const json = await bytes("model.json");
    session.begin(json);
    const card = JSON.parse(new TextDecoder().decode(json));
    for (const { name } of [...card.files, card.cutout.file]) session.add(name, await bytes(name));
    /** @type {(count: number) => Promise<unknown>} */
    let take;
    if (kind === "refining") {
      const original = Uint8ClampedArray.from({ length: 4 * 64 * 64 }, (_, index) => (index % 4 === 3 ? 255 : (index * 37) % 256));
      session.refineBegin(original, new Float32Array(card.networks.latent), []);
      take = (count) => session.refineSteps(count);
    } else {
      const settings = { losses: { adversarial_latent: 2.5, autoencoder: 1 }, batch: 8, width: 8, flips: false, seed: 1, fit: "pad", dataset: "", licence: "" };
      const pictures = Uint8Array.from({ length: 16 * 3 * 64 * 64 }, (_, index) => (index * 37) % 256);
      session.trainBegin(JSON.stringify(settings), "nothing", [], [], pictures);
      take = (count) => session.trainSteps(count, 0);
    }
    // The first ones compile, and make weights ready.
    await take(2);
    /** @param {number} count */
    const counted = async (count) => {
      const before = dispatches;
      await take(count);
      return dispatches - before;
    };
    // What a report costs is in both.
    const few = await counted(1);
    const each = (await counted(5) - few) / 4;
    const milliseconds = [];
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      await take(steps);
      milliseconds.push((performance.now() - start) / steps);
    }
    return { dispatches: each, milliseconds: milliseconds.sort((a, b) => a - b) };
  }, { kind, device, ...size });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { runs: { type: "string", default: "9" } } });
  const browser = await launch({ webgpu: true });
  const server = await serve();
  for (const kind of KINDS) {
    for (const device of /** @type {const} */ (["cpu", "webgpu"])) {
      const page = await browser.newPage();
      await page.goto(server.address);
      const { dispatches, milliseconds } = await costs(page, kind, device, { runs: Number(values.runs), steps: kind === "refining" ? 20 : 5 });
      const median = milliseconds[milliseconds.length >> 1] ?? NaN;
      console.log(`${kind}, ${device}: a step takes ${median.toFixed(1)} ms (${milliseconds[0]?.toFixed(1)} to ${milliseconds.at(-1)?.toFixed(1)}), ${dispatches} dispatches`);
      await page.close();
    }
  }
  await browser.close();
  await server.close();
}
