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

/**
 * `codes` lie one after the other, like all codes that go to the worker and come back; scores are 0 where none was asked for.
 * @typedef {{ images: Uint8ClampedArray[], scores: Float32Array, codes: Float32Array }} Samples
 */
/**
 * Where a refinement stands.
 * @typedef {object} Refined
 * @property {Uint8ClampedArray} picture  G(z)
 * @property {Float32Array} latent  z
 * @property {number} score  D's probability for both, 0 to 1
 * @property {number} psnr  dB
 * @property {number} steps  taken since it began
 */
/** @typedef {[Uint8Array, Uint8Array] | []} FeaturesFiles features.json and the weights of an H, where there is one */
/** @typedef {{ png: Uint8Array, label: string }} DrawnOutfit */

/**
 * The part of a photo that was chosen: quarter turns clockwise, then a square in shares of the longer side.
 * @typedef {{ turns: number, left: number, top: number, side: number }} View
 */

/**
 * A walk past pins: `steps` codes from each to the next.
 * @typedef {object} Walk
 * @property {Float32Array} stops
 * @property {number} latent  numbers of one code
 * @property {"straight" | "spherical"} way
 * @property {"even" | "gentle"} pace
 * @property {boolean} closed  from the last stop back to the first
 * @property {number} steps
 */

/**
 * One request; the worker answers with the same id.
 * @typedef {{ kind: "open", module: WebAssembly.Module, device: DeviceKind }
 *   | { kind: "prepare", json: Uint8Array }
 *   | { kind: "load", model: ModelFiles }
 *   | { kind: "tune" }
 *   | { kind: "reconstruct", photo: Uint8Array, view?: View }
 *   | { kind: "encode", photo: Uint8Array }
 *   | { kind: "sample", seed: number, count: number }
 *   | { kind: "refine-begin", original: Uint8ClampedArray, latent: Float32Array, features: FeaturesFiles }
 *   | { kind: "refine-steps", count: number }
 *   | { kind: "draw", seed: number }
 *   | { kind: "decode", codes: Float32Array, scores: boolean }
 *   | { kind: "attach", canvas: OffscreenCanvas }
 *   | { kind: "detach", canvas: number }
 *   | { kind: "show", canvas: number, codes: Float32Array, columns: number }
 *   | CodesRequest | GifRequest} Request
 */

/**
 * Codes made of codes, without the networks. The answer is a Float32Array.
 * @typedef {{ kind: "walk", walk: Walk }
 *   | { kind: "mix", corners: Float32Array, across: number, down: number }
 *   | { kind: "shift", code: Float32Array, amounts: Float32Array }
 *   | { kind: "transfer", code: Float32Array, from: Float32Array, to: Float32Array, amount: number }} CodesRequest
 */

/**
 * An animation, picture by picture, so that it can be stopped and nothing else waits long. `delay` in hundredths of a
 * second. One at a time: beginning another forgets it. The last one's answer is the file.
 * @typedef {{ kind: "gif-begin", factor: number, delay: number }
 *   | { kind: "gif-add", codes: Float32Array }
 *   | { kind: "gif-finish" }
 *   | { kind: "gif-forget" }} GifRequest
 */

/**
 * A loss term: an entry of the list in crates/bigan/src/trainer/objective/list.rs.
 * @typedef {object} LossTerm
 * @property {string} key  in settings and reports
 * @property {string} symbol  as the paper writes it, or its name
 * @property {string} source  the paper's equation, or another one
 * @property {string} flag  of the native program
 * @property {number} weight  unless another is chosen
 * @property {string} about  one sentence for a person
 * @property {boolean} needsFeatures  whether it needs a network H
 */
/** @typedef {{ name: string, weights: Record<string, number> }} Preset one of the paper's experiments */
/** @typedef {{ losses: string[], terms: LossTerm[], presets: Preset[] }} TrainingChoices  `losses`: a report's columns */

/**
 * What a training is set up with; crates/web/src/training/settings.rs reads it strictly.
 * @typedef {object} TrainingSettings
 * @property {Record<string, number>} losses  the weight of each loss term, by its key
 * @property {number} batch
 * @property {number} width  for networks that begin from nothing
 * @property {boolean} flips
 * @property {number} seed
 * @property {"pad" | "crop"} fit
 * @property {string} dataset
 * @property {string} licence
 */

/**
 * One request to a training's own worker (js/train/worker.js). `train-run` is answered at once, and steps are taken
 * until `train-pause`; pictures are 12,288 bytes each: 64x64, RGB.
 * @typedef {{ kind: "open", module: WebAssembly.Module, device: DeviceKind }
 *   | { kind: "train-choices" }
 *   | { kind: "train-prepare", photo: Uint8Array, fit: "pad" | "crop" }
 *   | { kind: "train-draw", count: number }
 *   | { kind: "train-begin", settings: TrainingSettings, start: "nothing" | "model" | "checkpoint", files: [string, Uint8Array][],
 *       features: FeaturesFiles, pictures: Uint8Array }
 *   | { kind: "train-run" }
 *   | { kind: "train-pause" }
 *   | { kind: "train-step" }
 *   | { kind: "train-snapshot" }
 *   | { kind: "train-export", what: "model" | "run", archive: boolean }
 *   | { kind: "unpack", archive: Uint8Array }
 *   | { kind: "run-model", config: Uint8Array, checkpoint: [string, Uint8Array][] }} TrainingRequest
 */

/**
 * What a training tells after some steps.
 * @typedef {object} TrainingReport
 * @property {number} step  taken since it began
 * @property {Float32Array} losses  one for each column of the choices and each step since the last report
 * @property {string} warning  empty, or a sentence
 * @property {string} failure  empty, or why training cannot go on
 * @property {number} stepsPerSecond
 * @property {number} bytes  of memory: the program's, and the device's
 * @property {number} deviceBytes  that the device holds; 0 on the CPU, where they are the program's
 * @property {number} deviceUsed  of these, in use
 */
/** @typedef {{ samples: Uint8ClampedArray[], originals: Uint8ClampedArray[], reconstructions: Uint8ClampedArray[] }} TrainingPictures */
/** @typedef {{ step: number, files: [string, Uint8Array][] }} TrainingSnapshot a checkpoint's files */

/** @typedef {{ report: TrainingReport } | { pictures: TrainingPictures } | { snapshot: TrainingSnapshot } | { error: string }} TrainingNews */

/**
 * An answer, or news that nobody asked for: the device is lost, the program stopped, or how a training goes.
 * @typedef {{ id: number, value: any } | { id: number, error: string }
 *   | { news: "lost", reason: string } | { news: "stopped", reason: string } | { news: "training", told: TrainingNews }} Message
 */

export {};
