// The page: loads program and model, and connects what the visitor does with what is shown.
import { describeModel } from "./card.js";
import { directionsOf } from "./change/directions.js";
import { ChangePanel } from "./change/panel.js";
import { hook, one, sentence } from "./dom.js";
import { fetchModel, fetchProgram, keepModel } from "./download.js";
import { Engine } from "./engine.js";
import { ExportPanel } from "./export/panel.js";
import { keepOffline } from "./keep/offline.js";
import { SharePanel } from "./keep/share.js";
import { offerCamera } from "./photo/camera.js";
import { Desk } from "./photo/desk.js";
import { receivePhotos } from "./photo/intake.js";
import { Pins } from "./pins/pins.js";
import { showTray } from "./pins/tray.js";
import { Plate } from "./plate.js";
import { Progress } from "./progress.js";
import { RefinePanel } from "./refine/panel.js";
import { Samples } from "./samples.js";
import { readSettings } from "./settings.js";
import { Status } from "./status.js";
import { Tabs } from "./tabs.js";
import { TrainPanel } from "./train/panel.js";
import { WalkPanel } from "./walk/panel.js";

const settings = readSettings(location.href);
const progress = new Progress(one("#loading", HTMLElement), one("#progress", HTMLProgressElement), one("#progress-text", HTMLElement));
/** @type {import("./page.js").Page} */
const page = { engine: undefined, status: new Status(hook("status", HTMLElement)), features: [] };
const plate = new Plate();
const pins = new Pins();
const desk = new Desk(page, plate, pins);
const samples = new Samples(page, plate, pins);
const walk = new WalkPanel(pins, page);
const change = new ChangePanel(pins, page);
const share = new SharePanel(pins, walk, page);
const training = new TrainPanel(page, openModel);
new RefinePanel(page, plate);
const drawnButton = hook("drawn", HTMLButtonElement);
const retryButton = hook("retry", HTMLButtonElement);

/** @type {Promise<WebAssembly.Module> | undefined} kept when only the model failed */
let program;

if (settings.complaint) page.status.alert(settings.complaint);
receivePhotos(one("#photo-input", HTMLInputElement), one("#original-tile", HTMLElement), {
  photos: (files, note) => void desk.take(files, note),
  models: (files) => void training.take(files),
  refused: (sentence) => page.status.alert(sentence),
});
offerCamera((file) => void desk.take([file], ""), page.status);
showTray(hook("pins", HTMLElement), pins);
new ExportPanel(page, walk);
new Tabs(one("[role=tablist]", HTMLElement), {
  "panel-walk": { shown: () => void walk.refresh(), left: () => walk.left() },
  "panel-change": { shown: () => void change.refresh() },
  "panel-share": { shown: () => share.refresh() },
});
pins.addEventListener("change", () => { hook("pins-empty", HTMLElement).hidden = pins.all.length > 0; });
hook("walk-samples", HTMLButtonElement).addEventListener("click", () => void walkSamples());
drawnButton.addEventListener("click", () => void takeDrawn());
retryButton.addEventListener("click", () => { page.status.clear(); void load("reload"); });
void load("default");

/** Fetches everything, opens the first device, shows samples; then `auto` looks for a faster device. @param {RequestCache} cache */
async function load(cache) {
  retryButton.hidden = true;
  progress.show();
  /** @type {import("./protocol.js").ModelFiles} */
  let files;
  try {
    const onBytes = progress.bytes.bind(progress);
    program ??= fetchProgram(new URL("../wasm/web_bg.wasm", import.meta.url), onBytes);
    const module = program.catch(forgetProgram);
    const { card, model } = fetching(cache, onBytes);
    // The device opens meanwhile. A failure is told once, by whoever needs what is missing.
    Promise.all([module, model]).then(() => progress.starting(), () => {});
    card.catch(() => {});
    await begin(module, card, model, settings.device);
    files = await model;
  } catch (error) {
    progress.hide();
    retryButton.hidden = false;
    return page.status.alert(sentence(error));
  }
  progress.hide();
  drawnButton.disabled = false;
  one("#workshop", HTMLElement).hidden = false;
  page.status.say("Ready.");
  await share.restore();
  await desk.modelCame();
  await samples.make();
  await training.ready();
  if (settings.device === "auto") await page.engine?.chooseByMeasuring();
  await keepOffline(await keepModel(settings.model, files));
}

/**
 * A model on a device becomes the page's.
 * @param {Promise<WebAssembly.Module>} module
 * @param {Promise<Uint8Array>} card
 * @param {Promise<import("./protocol.js").ModelFiles>} model
 * @param {import("./settings.js").WantedDevice} device
 */
async function begin(module, card, model, device) {
  const starting = new Engine(module, card, model, {
    device: showDevice,
    failed: (sentence) => page.status.alert(sentence),
  });
  await starting.start(device);
  page.engine?.close();
  page.engine = starting;
  describe(await model);
}

/** Another model serves the page from now on; the old one stays if this one cannot be read. @param {import("./protocol.js").ModelFiles} model */
async function openModel(model) {
  if (!page.engine) throw new Error("The program is not here yet: wait a moment.");
  const { module, kind } = page.engine;
  await begin(module, Promise.resolve(model.json), Promise.resolve(model), kind);
  // Numbers of another model mean nothing to this one.
  pins.clear();
  page.status.say("The model is open: the whole page uses it now.");
  await desk.again();
  await samples.make();
}

/** The model, and its description before it. @param {RequestCache} cache @param {import("./download.js").OnBytes} onBytes */
function fetching(cache, onBytes) {
  /** @type {(json: Uint8Array) => void} */
  let onCard = () => {};
  /** @type {Promise<Uint8Array>} */
  const first = new Promise((resolve) => { onCard = resolve; });
  const model = fetchModel(settings.model, onBytes, cache, (json) => onCard(json));
  return { card: Promise.race([first, model.then(({ json }) => json)]), model };
}

/** @param {import("./protocol.js").ModelFiles} model */
function describe(model) {
  const card = JSON.parse(new TextDecoder().decode(model.json));
  describeModel(card);
  share.model(card);
  change.offer(directionsOf(model));
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
  // What the last device had drawn may have gone with it.
  void walk.refresh();
  void change.refresh();
}

async function takeDrawn() {
  page.status.clear();
  try {
    const outfit = await page.engine?.draw(Math.floor(Math.random() * 2 ** 31));
    if (outfit) await desk.show([{ bytes: outfit.png, name: `a drawn ${outfit.label}` }]);
  } catch (error) {
    page.status.alert(sentence(error));
  }
}

/** For who has not pinned two pictures yet: samples fill up, and the walk begins. */
async function walkSamples() {
  page.status.clear();
  samples.pinSome();
  await walk.refresh();
  walk.play();
  hook("walk-play", HTMLElement).focus();
}
