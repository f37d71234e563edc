// What the page and its workers share. Types only: this module has no code to run. What can be asked, with its answers, is
// the table `requests` in worker.js and in workshop/worker.js; the programs' own types are in wasm/viewer.d.ts and
// wasm/workshop.d.ts.

/** @typedef {"webgpu" | "cpu"} DeviceKind */
/** @typedef {import("../wasm/viewer.js").NamedFile} NamedFile */
/** @typedef {import("../wasm/workshop.js").CutoutFiles} CutoutFiles */
/** @typedef {import("../wasm/workshop.js").FeaturesFiles} FeaturesFiles */
/** @typedef {{ json: Uint8Array, files: NamedFile[] }} ModelFiles model.json, and what it names */

/** @typedef {import("../wasm/viewer.js").Reconstruction & { milliseconds: number }} Reconstruction with the time from the file's bytes to the pixels */
/** @typedef {import("../wasm/viewer.js").Samples} Samples */
/** @typedef {import("../wasm/workshop.js").Refined} Refined */
/** @typedef {import("../wasm/workshop.js").Candidate} Candidate */
/**
 * What is wanted of a photo besides likeness. Masks are 64x64 bytes, 255 inside.
 * @typedef {object} Wishes
 * @property {Uint8Array} [keep]  what stays; everything if left out
 * @property {Uint8Array} [colour]  red, green, blue
 * @property {Uint8Array} [part]  what gets the colour; the whole garment if left out
 * @property {Uint8Array} [shape]  an outline, filled
 * @property {string} [kind]  of garment, as the features' network calls it
 */

/**
 * The part of a photo that was chosen: quarter turns clockwise, then a square in fractions of the longer side.
 * @typedef {{ turns: number, left: number, top: number, side: number }} View
 */

/**
 * A walk past pins: `steps` codes from each to the next.
 * @typedef {object} Walk
 * @property {Float32Array} stops  codes, one after the other
 * @property {number} latent  numbers of one code
 * @property {import("./walk/settings.js").WalkSettings["interpolation"]} interpolation
 * @property {import("./walk/settings.js").WalkSettings["easing"]} easing
 * @property {boolean} closed  from the last stop back to the first
 * @property {number} steps
 */

/**
 * What a training is set up with; crates/workshop/src/training/settings.rs reads it strictly.
 * @typedef {object} TrainingSettings
 * @property {Record<string, number>} losses  the weight of each loss term, by its key
 * @property {number} batch
 * @property {number} width  for networks that begin from nothing
 * @property {number} side  of the pictures, in pixels
 * @property {boolean} flips
 * @property {number} seed
 * @property {"pad" | "crop"} fit
 * @property {string} dataset
 * @property {string} licence
 */

/** @typedef {import("../wasm/workshop.js").TrainingSteps & { stepsPerSecond: number, bytes: number }} TrainingReport `bytes` is all memory: the program's, and the device's */
/** @typedef {import("../wasm/workshop.js").TrainingPictures} TrainingPictures */
/** @typedef {{ step: number, files: NamedFile[] }} TrainingSnapshot a checkpoint's files */

/** How a training goes. @typedef {{ report: TrainingReport } | { pictures: TrainingPictures } | { snapshot: TrainingSnapshot } | { error: string }} TrainingNews */

/** How a worker ended: its device was lost, or its program stopped. @typedef {"lost" | "stopped"} End */

/**
 * What the page sends: a request's name and arguments. The answer has the same id.
 * @typedef {{ id: number, name: string, args: any[] }} Question
 */
/**
 * What a worker sends: an answer, news that nobody asked for, or its end.
 * @typedef {{ id: number, value: any } | { id: number, error: string } | { news: any } | { end: End, reason: string }} Message
 */

export {};
