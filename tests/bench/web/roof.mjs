// What `cargo xtask bench kernels` runs in a browser: takes its settings as JSON in its first argument, and prints one line
// for each operation, as the native program does.
import { launch } from "../../browser/chromium.mjs";
import { serve } from "./server.mjs";

/**
 * @typedef {object} Settings
 * @property {string} wasm  the folder of roof.js
 * @property {import("../../browser/chromium.mjs").Adapter} adapter
 * @property {"cpu" | "webgpu"} device
 * @property {number} width
 * @property {number} batch
 * @property {number} runs
 * @property {number} least  milliseconds
 */

/** @type {Settings} */
const { wasm, adapter, device, width, batch, runs, least } = JSON.parse(process.argv[2] ?? "{}");
const browser = await launch({ webgpu: device === "webgpu", adapter });
const server = await serve({ wasm });
const page = await browser.newPage();
await page.goto(`${server.address}/page/blank.html`);
const lines = await page.evaluate(async ({ device, width, batch, runs, least }) => {
  const { default: init, roof } = await import("/wasm/roof.js");
  await init({ module_or_path: "/wasm/roof_bg.wasm" });
  return roof(device, width, batch, runs, least);
}, { device, width, batch, runs, least });
for (const line of lines) {
  const speed = JSON.parse(line);
  console.log(JSON.stringify({ ...speed, device: `Chromium ${browser.version()}, ${speed.device}` }));
}
await browser.close();
await server.close();
