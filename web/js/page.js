// What every panel may use of the page. A panel gets it once and asks it anew each time: the engine comes with the model.

/**
 * @typedef {object} Page
 * @property {import("./engine.js").Engine | undefined} engine  none until the model is loaded
 * @property {import("./status.js").Status} status
 * @property {import("./protocol.js").FeaturesFiles} features  the files of an H, where a visitor has given one
 */

export {};
