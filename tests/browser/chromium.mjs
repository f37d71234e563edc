// A real headless Chromium, with and without WebGPU.
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const quiet = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** SwiftShader emulates a graphics adapter on the CPU: right, but slow. */
const emulated = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

/** @param {{ webgpu: boolean }} options */
export function launch({ webgpu }) {
  return chromium.launch({ executablePath, args: webgpu ? [...quiet, ...emulated] : quiet });
}
