// What the page cannot do without, asked before anything is fetched: a browser that lacks it is told so in one sentence.

/** A module with one instruction of SIMD: a program of its smallest size. */
const SIMD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11);
const BROWSERS = "Chrome or Edge 113, Firefox 114 or Safari 16.4, or a newer one";

/** @returns {string} what is missing, as a sentence; nothing where the page can run */
export function lacks() {
  const missing = [
    ["WebAssembly", () => typeof WebAssembly === "object"],
    ["WebAssembly\u2019s SIMD", () => WebAssembly.validate(SIMD)],
    ["drawing in workers (OffscreenCanvas)", () => "OffscreenCanvas" in globalThis],
  ].find(([, has]) => !(/** @type {() => boolean} */ (has)()));
  return missing ? `This browser lacks ${missing[0]}, or is told not to use it: the page needs ${BROWSERS}.` : "";
}
