// One contestant in one tab. The address says which, on which device, and what for:
// ?contestant=ours&device=webgpu&for=cold|first|inference|training
import { codes, factors, pictures, toChannelsFirst, toChannelsLast } from "./inputs.js";

/**
 * What a contestant offers, opened to train or to infer. Pictures are in [-1, 1], `[n, 3, 64, 64]` or, where `channelsLast`, `[n, 64, 64, 3]`.
 * @typedef {object} Contestant
 * @property {boolean} channelsLast
 * @property {(pictures: Float32Array) => Promise<Float32Array>} reconstruct  G(E(x))
 * @property {(codes: Float32Array) => Promise<Float32Array>} generate  G(z)
 * @property {(pictures: Float32Array, codes: Float32Array, factors: Float32Array) => Promise<ArrayLike<number>>} step
 *   one training step; returns D's loss and that of G and E
 */
/** @typedef {{ device: string, purpose: string, training: boolean, width: number, card: Uint8Array, weights: () => Promise<[string, Uint8Array][]> }} Setting */
/** @typedef {"reconstruct" | "generate" | "step"} Kind */

const address = new URLSearchParams(location.search);
const purpose = address.get("for") ?? "inference";
const folder = { training: "/training/", first: "/first/" }[purpose] ?? "/model/";

/** @type {Record<string, () => Promise<{ open: (setting: Setting) => Promise<Partial<Contestant>> }>>} */
const modules = {
  ours: () => import("./ours.js"),
  burn: () => import("./burn.js"),
  onnx: () => import("./onnx.js"),
  tensorflow: () => import("./tensorflow.js"),
};

/** @param {string} name @returns {Promise<Uint8Array>} */
async function bytes(name) {
  const response = await fetch(folder + name);
  if (!response.ok) throw new Error(`${folder}${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const FILES = ["generator.safetensors", "encoder.safetensors", "discriminator.safetensors"];

/** @returns {Promise<Partial<Contestant>>} */
async function open() {
  const module = modules[address.get("contestant") ?? ""]?.();
  if (!module) throw new Error("the address names no contestant");
  const [{ open }, card] = await Promise.all([module, bytes("model.json")]);
  const { networks } = JSON.parse(new TextDecoder().decode(card));
  return open({
    device: address.get("device") ?? "webgpu",
    purpose,
    training: purpose === "training",
    width: networks.width,
    card,
    weights: () => Promise.all(FILES.map(async (name) => [name, await bytes(name)])),
  });
}

const opening = open();

/** @param {Kind} kind @param {number} count @returns {Promise<() => Promise<ArrayLike<number>>>} */
async function prepared(kind, count) {
  const { channelsLast, reconstruct, generate, step } = await opening;
  const shown = channelsLast ? toChannelsLast(pictures(count)) : pictures(count);
  const drawn = codes(count);
  if (kind === "reconstruct" && reconstruct) return () => reconstruct(shown);
  if (kind === "generate" && generate) return () => generate(drawn);
  if (kind === "step" && step) {
    const card = JSON.parse(new TextDecoder().decode(await bytes("model.json")));
    const dropped = factors(count, card.networks.width);
    return () => step(shown, drawn, dropped);
  }
  throw new Error(`this contestant was not opened to ${kind}`);
}

/** What the driver calls. */
const bench = {
  /** Ready for the first request. */
  ready: () => opening.then(() => undefined),

  /** @param {Kind} kind @param {number} count @returns {Promise<number>} milliseconds from numbers to numbers */
  async time(kind, count) {
    const run = await prepared(kind, count);
    const start = performance.now();
    await run();
    return performance.now() - start;
  },

  /** @param {Kind} kind @param {number} count @returns {Promise<number[]>} what came out, pictures as planes */
  async values(kind, count) {
    const values = await (await prepared(kind, count))();
    const { channelsLast } = await opening;
    return Array.from(channelsLast && kind !== "step" ? toChannelsFirst(Float32Array.from(values)) : values);
  },

  /** Milliseconds from the navigation to the first reconstruction's numbers. */
  cold: purpose === "cold" || purpose === "first"
    ? prepared("reconstruct", 1).then((run) => run()).then(() => performance.now())
    : undefined,
};
Object.assign(globalThis, { bench });
// The driver reads the failure from `ready` or `cold`; here it would only be called unhandled as well.
opening.catch(() => {});
bench.cold?.catch(() => {});
