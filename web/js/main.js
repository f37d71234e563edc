// The page: loads program and model, and connects what the visitor does with what is shown.
import { lacks } from "./able.js";
import { describeModel } from "./card.js";
import { hook, one, sentence } from "./dom.js";
import { VIEWER, fetchModel, fetchProgram, keepModel } from "./download.js";
import { Engine } from "./engine.js";
import { idle, keepOffline, mayKeep } from "./keep/offline.js";
import { Model } from "./model/model.js";
import { offerCamera } from "./photo/camera.js";
import { Desk } from "./photo/desk.js";
import { receivePhotos } from "./photo/intake.js";
import { arrival } from "./photo/queue.js";
import { Pins } from "./pins/pins.js";
import { Plate } from "./plate.js";
import { offerPixels } from "./pixels.js";
import { Progress } from "./progress.js";
import { OWN_MODEL, readSettings } from "./settings.js";
import { Status, whole } from "./status.js";
import { Workshop } from "./workshop.js";

// index.html says why nothing has begun, unless this does.
document.documentElement.classList.add("begun");
const settings = readSettings(location.href);
const progress = Progress.in(one("#loading", HTMLElement));
const status = new Status(hook("status", HTMLElement));
/** @type {import("./page.js").Page} */
const page = { engine: undefined, status, plate: new Plate(), pins: new Pins(), workshop: new Workshop(status), features: [] };
const desk = new Desk(page);
/** Those that hear of something: the desk, and all that panels.js brings. @type {import("./page.js").Panel[]} */
const panels = [desk];
page.plate.onPhoto = () => { for (const panel of panels) panel.photoCame?.(); };
const drawnButton = hook("drawn", HTMLButtonElement);
const retryButton = hook("retry", HTMLButtonElement);

/** @type {Promise<WebAssembly.Module> | undefined} kept when only the model failed */
let program;
/** @type {Model | undefined} the page's, once it is open */
let opened;
/** @type {Promise<import("./panels.js").Panels> | undefined} none after a failure */
let coming;

if (settings.complaint) page.status.alert(settings.complaint);
receivePhotos(one("#photo-input", HTMLInputElement), one("#original-tile", HTMLElement), {
  photos: (photos, note) => desk.take(photos, note),
  models: (files) => void takeModel(files),
  refused: (sentence) => page.status.alert(sentence),
});
offerCamera((file) => desk.take([arrival(file)], ""), page.status);
offerPixels();
drawnButton.addEventListener("click", () => void takeDrawn());
retryButton.addEventListener("click", () => void again());
const lacking = lacks();
if (lacking) {
  progress.hide();
  status.alert(lacking);
} else {
  void load("default");
}

/** The engine whose model is kept for the next visit. @type {Engine | undefined} */
let kept;

/** Parts of the model that did not come. @type {Set<import("./model/model.js").Part>} */
const missing = new Set();

/**
 * Fetches program and model, opens the first device, shows a picture. What that does not need follows: panels, samples, the
 * rest of the model. Then `auto` looks for a faster device, and the page keeps itself.
 * @param {RequestCache} cache
 */
async function load(cache) {
  retryButton.hidden = true;
  progress.show();
  const onBytes = progress.bytes.bind(progress);
  const onSilence = progress.silent.bind(progress);
  program ??= fetchProgram(VIEWER, onBytes, onSilence);
  const model = fetchModel(settings.model, onBytes, cache, undefined, onSilence);
  let engine;
  try {
    const here = Promise.all([program, model.then((model) => model.rebuilds())]);
    // The device opens meanwhile. Whoever needs what is missing shows the failure, once.
    here.then(() => progress.waiting("(starting)"), () => {});
    engine = await begin(program.catch(forgetProgram), model, settings.device);
  } catch (error) {
    progress.hide();
    if (settings.model.href !== OWN_MODEL.href) {
      settings.model = OWN_MODEL;
      page.status.alert(`${whole(sentence(error))} The page\u2019s own model is used instead`);
      return load(cache);
    }
    retryButton.hidden = false;
    return page.status.alert(sentence(error));
  }
  progress.hide();
  drawnButton.disabled = false;
  page.status.say("Ready.");
  const shown = desk.open();
  // While the picture is made: the first number that a browser writes in words takes it longer than all the rest.
  describeModel((await model).card);
  await shown;
  // Only now: before, they would take the line from the picture, and the worker's time.
  const judged = engine.bring("judge");
  const codes = engine.bring("codes");
  try {
    await showRest();
  } catch (error) {
    page.status.alert(sentence(error));
  }
  await Promise.all([judged, codes]);
  if (settings.device === "auto") await page.engine?.chooseByMeasuring();
  await idle();
  await engine.bring("directions");
  kept = engine;
  await keepOffline(await keepModel(settings.model, await model));
}

/** All that a visitor can do besides showing photos. @returns {Promise<import("./panels.js").Panels>} */
function rest() {
  coming ??= import("./panels.js").then(({ Panels }) => {
    const brought = new Panels(page, { openModel, takePicture });
    panels.push(...brought.all);
    brought.begin(opened);
    return brought;
  }).catch((error) => {
    coming = undefined;
    throw new Error(`Only photos can be shown, as the rest of the page did not come (${sentence(error)}): load the page again.`);
  });
  return coming;
}

/** The panels as an earlier visit or a link left them, and samples. */
async function showRest() {
  const { work, share, samples } = await rest();
  one("#on-pins", HTMLElement).hidden = false;
  await work.restore();
  await share.restore();
  await samples.make();
  for (const panel of panels) await panel.ready?.();
}

/** Files that were no photographs. @param {import("./model/folder.js").FoundFile[]} files */
async function takeModel(files) {
  try {
    await (await rest()).training.take(files);
  } catch (error) {
    page.status.alert(sentence(error));
  }
}

/** Loads again what did not come: the model, or the parts of it that pictures do not need. */
async function again() {
  page.status.clear();
  if (!page.engine) return load("reload");
  retryButton.hidden = true;
  for (const part of missing) void page.engine.bring(part);
  missing.clear();
}

/**
 * A model on a device becomes the page's.
 * @param {Promise<WebAssembly.Module>} program
 * @param {Promise<Model>} model
 * @param {import("./settings.js").WantedDevice} device
 */
async function begin(program, model, device) {
  const starting = new Engine(program, model, {
    device: showDevice,
    failed: (sentence) => page.status.alert(sentence),
    slow: (clause) => progress.waiting(clause),
    came: (part) => { if (page.engine === starting) void partCame(part); },
    missing: (part) => {
      missing.add(part);
      retryButton.hidden = false;
    },
  });
  await starting.start(device);
  page.engine?.close();
  page.engine = starting;
  missing.clear();
  retryButton.hidden = true;
  opened = await model;
  for (const panel of panels) panel.modelCame?.(opened);
  return starting;
}

/** @param {import("./model/model.js").Part} part */
async function partCame(part) {
  try {
    for (const panel of panels) await panel.partCame?.(part);
    // What is asked for later than that, and so not by everybody.
    if (part === "neighbours" && page.engine && page.engine === kept && mayKeep()) await keepModel(settings.model, await kept.model);
  } catch (error) {
    page.status.alert(sentence(error));
  }
}

/** Another model serves the page from now on; the old one stays if this one cannot be read. @param {import("./protocol.js").ModelFiles} files */
async function openModel(files) {
  if (!page.engine) throw new Error("The program is not here yet: wait a moment.");
  const engine = await begin(page.engine.program, Promise.resolve(Model.of(files)), page.engine.kind);
  // Numbers of another model mean nothing to this one.
  page.pins.clear();
  describeModel((await engine.model).card);
  const { work, samples } = await rest();
  await work.restore();
  page.status.say("The model is open: the whole page uses it now.");
  await engine.bring("judge");
  await desk.again();
  await samples.make();
}

/** @param {unknown} error @returns {never} */
function forgetProgram(error) {
  program = undefined;
  throw error;
}

/** @param {import("./protocol.js").DeviceKind} kind @param {string} why */
function showDevice(kind, why) {
  hook("device", HTMLElement).textContent = kind;
  hook("device-why", HTMLElement).textContent = why;
  for (const panel of panels) panel.deviceCame?.();
}

/** A picture of the page's own becomes the photo. @param {Uint8ClampedArray} pixels @param {string} name */
async function takePicture(pixels, name) {
  page.status.clear();
  try {
    const bytes = await page.engine?.ask("png", [pixels], 1, 1);
    if (bytes) await desk.show({ bytes, name, whole: true });
  } catch (error) {
    page.status.alert(sentence(error));
  }
}

async function takeDrawn() {
  page.status.clear();
  try {
    const outfit = await page.engine?.ask("drawnOutfit", Math.floor(Math.random() * 2 ** 31));
    if (outfit) await desk.show({ bytes: outfit.png, name: `a drawn ${outfit.label}` });
  } catch (error) {
    page.status.alert(sentence(error));
  }
}
