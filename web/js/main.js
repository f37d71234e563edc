// The page: loads program and model, then turns every photo that comes in into its reconstruction.
import { fetchModel, fetchProgram } from "./download.js";
import { Engine } from "./engine.js";
import { receivePhotos } from "./intake.js";
import { Plate } from "./plate.js";
import { Progress } from "./progress.js";
import { readSettings } from "./settings.js";
import { Status } from "./status.js";
import { showSamples } from "./tiles.js";
import { describeModel } from "./facts.js";
import { one } from "./dom.js";

const SAMPLES = 8;

const settings = readSettings(location.href);
const status = new Status(one("[data-testid=status]", HTMLElement));
const progress = new Progress(one("#loading", HTMLElement), one("#progress", HTMLProgressElement), one("#progress-text", HTMLElement));
const plate = new Plate();
const sampleButton = one("[data-testid=sample]", HTMLButtonElement);
const drawnButton = one("[data-testid=drawn]", HTMLButtonElement);
const retryButton = one("[data-testid=retry]", HTMLButtonElement);

/** @type {Promise<WebAssembly.Module> | undefined} kept when only the model failed */
let program;
/** @type {Engine | undefined} */
let engine;
/** @type {{ bytes: Uint8Array, name: string } | undefined} a photo that came before the model */
let waiting;
/** Grows with every photo: an answer to an older one is dropped. */
let turn = 0;
let seed = 1;

if (settings.complaint) status.alert(settings.complaint);
receivePhotos(one("#photo-input", HTMLInputElement), one("#original-tile", HTMLElement), {
  photo: (file, note) => void takeFile(file, note),
  refused: (sentence) => status.alert(sentence),
});
sampleButton.addEventListener("click", () => { status.clear(); void makeSamples(); });
drawnButton.addEventListener("click", () => void takeDrawn());
retryButton.addEventListener("click", () => { status.clear(); void load("reload"); });
void load("default");

/** Fetches everything, opens the first device, shows samples; then `auto` looks for a faster device. @param {RequestCache} cache */
async function load(cache) {
  retryButton.hidden = true;
  progress.show();
  try {
    const onBytes = progress.bytes.bind(progress);
    program ??= fetchProgram(new URL("../wasm/web_bg.wasm", import.meta.url), onBytes);
    const module = program.catch(forgetProgram);
    const { card, model } = fetching(cache, onBytes);
    // The device opens meanwhile. A failure is told once, by whoever needs what is missing.
    Promise.all([module, model]).then(() => progress.starting(), () => {});
    card.catch(() => {});
    const starting = new Engine(module, card, model, {
      device: showDevice,
      failed: (sentence) => status.alert(sentence),
    });
    await starting.start(settings.device);
    engine = starting;
    describeModel((await model).json);
  } catch (error) {
    progress.hide();
    retryButton.hidden = false;
    return status.alert(sentence(error));
  }
  progress.hide();
  sampleButton.disabled = drawnButton.disabled = false;
  status.say("Ready.");
  if (waiting) await reconstruct(waiting.bytes, waiting.name);
  await makeSamples();
  if (settings.device === "auto") await engine.chooseByMeasuring();
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

/** @param {unknown} error @returns {never} */
function forgetProgram(error) {
  program = undefined;
  throw error;
}

/** @param {import("./protocol.js").DeviceKind} kind @param {string} why */
function showDevice(kind, why) {
  one("[data-testid=device]", HTMLElement).textContent = kind;
  one("[data-testid=device-why]", HTMLElement).textContent = why;
}

/** @param {File} file @param {string} note */
async function takeFile(file, note) {
  status.clear();
  if (note) status.say(note);
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    return status.alert(`${file.name} could not be read: ${sentence(error)}`);
  }
  await reconstruct(bytes, file.name, note);
}

async function takeDrawn() {
  status.clear();
  try {
    const outfit = await engine?.draw(Math.floor(Math.random() * 2 ** 31));
    if (outfit) await reconstruct(outfit.png, `a drawn ${outfit.label}`);
  } catch (error) {
    status.alert(sentence(error));
  }
}

/** @param {Uint8Array} bytes @param {string} name @param {string} [note] */
async function reconstruct(bytes, name, note = "") {
  if (!engine) {
    waiting = { bytes, name };
    if (retryButton.hidden) status.say(`${name} comes as soon as the model is here.`);
    else status.alert(`There is no model to show ${name} to yet: load the model again.`);
    return;
  }
  waiting = undefined;
  const mine = ++turn;
  plate.working();
  try {
    const made = await engine.reconstruct(bytes);
    if (mine !== turn) return;
    plate.show(made, name);
    status.say(note || plate.summary(made));
  } catch (error) {
    if (mine !== turn) return;
    plate.idle();
    status.alert(`${name}: ${sentence(error)}`);
  }
}

async function makeSamples() {
  if (!engine) return;
  sampleButton.disabled = true;
  try {
    const samples = await engine.sample(seed++, SAMPLES);
    showSamples(one("[data-testid=samples]", HTMLElement), samples);
    plate.showSample(samples);
  } catch (error) {
    status.alert(sentence(error));
  }
  sampleButton.disabled = false;
}

/** @param {unknown} error */
function sentence(error) {
  return error instanceof Error ? error.message : String(error);
}
