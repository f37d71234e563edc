// A real headless Chromium, with and without WebGPU.
import { chromium } from "playwright-core";

export const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const quiet = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/**
 * SwiftShader emulates a graphics adapter on the CPU: right, but slow, so that Chromium must not take it for hung. What is
 * not WebGPU goes through it too: a canvas that WebGPU draws on is shared with the rest of the page, and without a common
 * adapter Chromium's graphics process gives up at the first frame. ANGLE is told to take the SwiftShader that Chromium
 * brings: with `vulkan` it would look for a driver that is installed.
 */
const emulated = [
  ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--disable-gpu-watchdog"],
  ...["--enable-features=Vulkan", "--use-angle=swiftshader", "--use-vulkan=swiftshader", "--disable-vulkan-surface"],
];

/** Whose graphics adapter: the emulated one, or the machine's own. @typedef {"swiftshader" | "default"} Adapter */

/** Chrome offers some machines' own adapters only when told to. */
const own = ["--enable-unsafe-webgpu", "--ignore-gpu-blocklist", ...(process.platform === "linux" ? ["--enable-features=Vulkan", "--use-angle=vulkan"] : [])];

/** How often Chromium is started where it dies at that, before there is any page: it does on rare occasions, of a signal. */
const TRIES = 3;

/**
 * @param {{ webgpu: boolean, adapter?: Adapter, args?: string[] }} options
 * @returns {Promise<import("playwright-core").Browser>}
 */
export async function launch({ webgpu, adapter = "swiftshader", args = [] }) {
  const graphics = adapter === "swiftshader" ? emulated : own;
  for (let tries = 1; ; tries++) {
    try {
      return await chromium.launch({ executablePath, args: [...quiet, ...(webgpu ? graphics : []), ...args] });
    } catch (error) {
      if (tries === TRIES || !/signal=SIG/.test(String(error))) throw error;
      console.error(`Chromium died as it started, and is started again: ${String(error).match(/signal=\w+/)}`);
    }
  }
}
