// What the page and its panels expect of each other. Types only: this module has no code to run.

/**
 * What every panel may use of the page. A panel gets it once and reads it anew each time: the engine comes with the model.
 * @typedef {object} Page
 * @property {import("./engine.js").Engine | undefined} engine  none until the model is loaded
 * @property {import("./status.js").Status} status
 * @property {import("./plate.js").Plate} plate
 * @property {import("./pins/pins.js").Pins} pins  what a visitor works with
 * @property {import("./workshop.js").Workshop} workshop
 * @property {import("./protocol.js").FeaturesFiles} features  the files of an H, where a visitor has given one
 */

/**
 * A panel: one thing that a visitor does. It has those of these that concern it, and a line in panels.js.
 * @typedef {object} Panel
 * @property {string} [tab]  the id of its `tabpanel` in index.html, where it lies behind a tab
 * @property {() => void} [shown]  its tab was chosen
 * @property {() => void} [left]  another tab was chosen: nothing should work for a panel that nobody sees
 * @property {(model: import("./model/model.js").Model) => void} [modelCame]  the first model, or another one
 * @property {() => void} [photoCame]  another photo is on the plate
 * @property {(part: import("./model/model.js").Part) => Promise<void>} [partCame]  a part of the model that pictures do not need is here
 * @property {() => Promise<void>} [ready]  program, model and first pictures are here
 * @property {() => void} [deviceCame]  the first device, or another one: what the last one had drawn may be gone
 */

export {};
