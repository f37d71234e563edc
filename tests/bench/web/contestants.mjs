// Who takes part, and in what.

/**
 * @typedef {object} Contestant
 * @property {string} name  for options and results
 * @property {string} module  what page/page.js knows it by
 * @property {"webgpu" | "cpu"} device
 * @property {boolean} trains
 */
/** @type {Contestant[]} */
export const CONTESTANTS = [
  { name: "ours", module: "ours", device: "webgpu", trains: true },
  { name: "ours-cpu", module: "ours", device: "cpu", trains: true },
  { name: "burn", module: "burn", device: "webgpu", trains: true },
  { name: "onnx", module: "onnx", device: "webgpu", trains: false },
  { name: "onnx-wasm", module: "onnx", device: "cpu", trains: false },
  { name: "tensorflow", module: "tensorflow", device: "webgpu", trains: true },
];

/** Whose results the others are held to: the first of these that takes part and gives any. */
export const REFERENCES = ["onnx-wasm", "burn", "onnx", "tensorflow", "ours-cpu", "ours"];

/**
 * Something that is timed. `tolerance` is how far results may be from the reference's.
 * @typedef {{ name: string, kind: import("./page/page.js").Kind, count: number, tolerance: number }} Workload
 */
/**
 * Workloads that share tabs.
 * @typedef {object} Part
 * @property {string} name
 * @property {"cold" | "inference" | "training"} purpose  cold: a fresh tab for every run
 * @property {(batch: number) => Workload[]} workloads
 */

/** Pictures are in [-1, 1]. */
const PIXEL = 1e-3;
/** Of losses between 1 and 5, of the second step too: Adam makes a whole step of a gradient however small, so rounding shows.
 * TensorFlow.js's second step is 0.02 away on WebGPU, on its own CPU backend it is not; all others agree to four digits. */
const LOSS = 3e-2;

/** @type {Part[]} */
export const PARTS = [
  { name: "cold", purpose: "cold", workloads: () => [{ name: "cold", kind: "reconstruct", count: 1, tolerance: PIXEL }] },
  {
    name: "one",
    purpose: "inference",
    workloads: () => [
      { name: "reconstruct 1", kind: "reconstruct", count: 1, tolerance: PIXEL },
      { name: "generate 1", kind: "generate", count: 1, tolerance: PIXEL },
    ],
  },
  {
    name: "many",
    purpose: "inference",
    workloads: () => [
      { name: "reconstruct 16", kind: "reconstruct", count: 16, tolerance: PIXEL },
      { name: "generate 16", kind: "generate", count: 16, tolerance: PIXEL },
    ],
  },
  { name: "training", purpose: "training", workloads: (batch) => [{ name: "step", kind: "step", count: batch, tolerance: LOSS }] },
  // Nothing to time: the tabs only show what they download.
  { name: "size", purpose: "inference", workloads: () => [] },
];
