// The page: loads program and model, and connects what the visitor does with what is shown.
import { describeModel } from "./card.js";
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
const page = { engine: undefined, status: new Status(hook("status", HTMLElement)), plate: new Plate(), pins: new Pins(), features: [] };
const desk = new Desk(page);
const samples = new Samples(page);
const walk = new WalkPanel(page);
const share = new SharePanel(page, walk);
const training = new TrainPanel(page, openModel);
/** Those that hear of something; a new panel is one line here. @type {import("./page.js").Panel[]} */
const panels = [desk, samples, walk, new ChangePanel(page), share, training];
new RefinePanel(page);
new ExportPanel(page, walk);
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
showTray(hook("pins", HTMLElement), page.pins);
new Tabs(one("[role=tablist]", HTMLElement), panels);
page.pins.addEventListener("change", () => { hook("pins-empty", HTMLElement).hidden = page.pins.all.length > 0; });
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
    // The device opens meanwhile. Whoever needs what is missing shows the failure, once.
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
  await desk.showWaiting();
  await samples.make();
  for (const panel of panels) await panel.ready?.();
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
  page.pins.clear();
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
  for (const panel of panels) panel.modelCame?.(model, card);
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

async function takeDrawn() {
  page.status.clear();
  try {
    const outfit = await page.engine?.ask("drawnOutfit", Math.floor(Math.random() * 2 ** 31));
    if (outfit) await desk.show([{ bytes: outfit.png, name: `a drawn ${outfit.label}` }]);
  } catch (error) {
    page.status.alert(sentence(error));
  }
}

/** For a visitor who has not pinned two pictures yet: pins samples until there are enough, and begins the walk. */
async function walkSamples() {
  page.status.clear();
  samples.pinSome();
  await walk.refresh();
  walk.play();
  hook("walk-play", HTMLElement).focus();
}
