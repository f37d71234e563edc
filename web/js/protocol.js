// What the page and its workers say to each other. Types only: this module has no code to run.

/** @typedef {"webgpu" | "cpu"} DeviceKind */
/** @typedef {{ json: Uint8Array, files: [string, Uint8Array][] }} ModelFiles */

/**
 * Pixels are RGBA, 64x64, row by row.
 * @typedef {object} Reconstruction
 * @property {Uint8ClampedArray} original  the photo as the network sees it
 * @property {Uint8ClampedArray} reconstruction  G(E(photo))
 * @property {Float32Array} latent  E(photo)
 * @property {number} score  D's probability for the reconstruction and its numbers, 0 to 1
 * @property {number} scoreOriginal  the same for the photo
 * @property {number} psnr  dB; infinity when the pictures are equal
 * @property {number} milliseconds  from the file's bytes to the pixels
 */

/** @typedef {{ images: Uint8ClampedArray[], scores: Float32Array }} Samples */
/** @typedef {{ png: Uint8Array, label: string }} DrawnOutfit */

/**
 * One request; the worker answers with the same id.
 * @typedef {{ kind: "open", module: WebAssembly.Module, device: DeviceKind }
 *   | { kind: "prepare", json: Uint8Array }
 *   | { kind: "load", model: ModelFiles }
 *   | { kind: "reconstruct", photo: Uint8Array }
 *   | { kind: "sample", seed: number, count: number }
 *   | { kind: "decode", codes: Float32Array, scores: boolean }
 *   | { kind: "attach", canvas: OffscreenCanvas }
 *   | { kind: "detach", canvas: number }
 *   | { kind: "show", canvas: number, codes: Float32Array, columns: number }
 *   | { kind: "draw", seed: number }} Request
 */

/**
 * An answer, or news that nobody asked for: the device is lost, or the program stopped.
 * @typedef {{ id: number, value: any } | { id: number, error: string }
 *   | { news: "lost", reason: string } | { news: "stopped", reason: string }} Message
 */

export {};
