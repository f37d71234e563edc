// The sentences that say which device runs the model, and why.
import { TooSlow } from "./measure.js";

export const CPU_WANTED = "The address asks for it (?device=cpu).";
export const CPU_FIRST = "The graphics adapter is being timed.";
export const SILENT_ADAPTER = "the graphics adapter does not answer";
export const WEBGPU_FAILED = "WebGPU was asked for (?device=webgpu) and could not be used.";
export const AFTER_LOSS = "The graphics device was lost.";

/** Why the CPU it is. @param {boolean} silent there may be an adapter, but it has not answered */
export function noAdapter(silent) {
  if (silent) return "The graphics adapter did not answer in time.";
  return isSecureContext ? "This browser offers no graphics adapter (WebGPU)." : "Browsers offer graphics adapters (WebGPU), the camera and use without a network to pages over https alone, and this one came over http.";
}

/** @param {number} after ms @param {number} limit ms */
export function slowToOpen(after, limit) {
  return `(the graphics adapter has not answered for ${after / 1000} seconds; after ${limit / 1000} the CPU takes over)`;
}

/** The same where WebGPU was asked for. */
export function noWebGpu() {
  return isSecureContext ? "this browser offers no graphics adapter" : "browsers offer graphics adapters to pages over https alone, and this one came over http";
}

/** @param {number} milliseconds */
export function time(milliseconds) {
  const digits = milliseconds < 10 ? 1 : 0;
  return `${milliseconds.toLocaleString("en", { maximumFractionDigits: digits })}\u00a0ms`;
}

/** @param {string} name */
export function graphicsWanted(name) {
  return `${name}: the address asks for it (?device=webgpu).`;
}

/** @param {string} name @param {number} graphics @param {number} cpu */
export function graphicsFaster(name, graphics, cpu) {
  return `${name}: ${time(graphics)} a picture here, against ${time(cpu)} on the CPU.`;
}

/** @param {string} name @param {number} graphics @param {number} cpu */
export function cpuFaster(name, graphics, cpu) {
  return `${time(cpu)} a picture here, against ${time(graphics)} on the graphics adapter (${name}).`;
}

/** @param {unknown} error */
export function graphicsFailed(error) {
  if (error instanceof TooSlow) return `The graphics adapter was too slow (${error.message}).`;
  return `The graphics adapter could not run the model (${bare(error)}).`;
}

/** @param {unknown} error */
export function wantedButFailed(error) {
  return `WebGPU was asked for, but cannot be used: ${bare(error)}. The page runs on the CPU instead.`;
}

/** @param {import("./protocol.js").End} end @param {string} detail */
export function deviceGone(end, detail) {
  const what = end === "lost" ? "The graphics device was lost" : "The program on the graphics device stopped";
  return `${what} (${bare(detail)}). The page goes on with the CPU.`;
}

/** @param {import("./protocol.js").End} end @param {string} detail */
export function refiningGone(end, detail) {
  const what = end === "lost" ? "Refining\u2019s graphics device was lost" : "Refining\u2019s program stopped";
  return `${what} (${bare(detail)}). It goes on with the CPU.`;
}

/** What a visitor misses. @type {Record<import("./model/model.js").Part, string>} */
const MISSED = { judge: "Pictures come without the discriminator\u2019s percentages", codes: "Samples are drawn from the paper\u2019s prior", directions: "Styles cannot be changed by name", neighbours: "The photographs that it was trained on are not shown" };

/** @param {import("./model/model.js").Part} part @param {unknown} error */
export function partMissing(part, error) {
  return `${error instanceof Error ? error.message.replace(/[.\s]*$/, "") : error}. ${MISSED[part]} until the model is loaded again.`;
}

/** @param {import("./protocol.js").End} end @param {string} detail @param {number} step kept @param {boolean} goesOn */
export function trainingGone(end, detail, step, goesOn) {
  const what = end === "lost" ? "The training\u2019s graphics device was lost" : "The training\u2019s program stopped";
  const then = goesOn ? `It goes on from step ${step} on the CPU.` : `Step ${step} is kept: start again to go on from there.`;
  return `${what} (${bare(detail)}). ${then}`;
}

/** @param {unknown} error */
export function cpuGone(error) {
  return `The program stopped and could not be started again (${bare(error)}): reload the page.`;
}

/** The program stopped twice, at the same request. @param {unknown} error */
export function stoppedTwice(error) {
  return `The program cannot do this (${bare(error)}); anything else goes on.`;
}

/** @param {unknown} error */
export function refiningStopped(error) {
  return `Refining\u2019s program stopped (${bare(error)}): refine again to begin anew.`;
}

/** A message as a part of a longer sentence: its first line, without what ends it, and without what languages put round it. @param {unknown} error */
function bare(error) {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ""] = text.replace(/JsValue\((?:\w*Error: )?/, "").trim().split("\n", 1);
  return line.replace(/[.:)\s]*$/, (end) => (line.includes("(") && end.includes(")") ? ")" : "")) || "no reason given";
}
