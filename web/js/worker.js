// The model's worker: holds one wasm program with one session on one device, and answers one request after the other, so
// that the page's own thread never computes. The page may end it at any time.
import init, { GifAnimation, PicturePreparation, Session, codesAlong, drawnOutfit, mixCodes, moveCode, pngOf, previewPhoto, transferCode, unnamedDirections, unpackArchive, walkCodes } from "../wasm/viewer.js";
import { completeAdapters } from "./adapter.js";
import { answer, send } from "./answering.js";
import { readable } from "./photo/readable.js";
import { Screens } from "./screens.js";
import { sideOf } from "./side.js";

/** @type {Session | undefined} */
let session;
/** @type {GifAnimation | undefined} one at a time: beginning another drops it */
let animation;
/** @type {PicturePreparation | undefined} */
let preparation;
const screens = new Screens();

/** @returns {Session} */
function open() {
  if (!session) throw new Error("The session is not open yet.");
  return session;
}

/** @returns {PicturePreparation} */
function prepared() {
  if (!preparation) throw new Error("No model has said yet what pictures are to show.");
  return preparation;
}

/** @returns {GifAnimation} */
function begun() {
  // The worker that had begun it is gone with its device.
  if (!animation) throw new Error("The animation was lost with the device that made it: export it again.");
  return animation;
}

/** @param {Uint8ClampedArray[]} images */
function joined(images) {
  const all = new Uint8ClampedArray(images.reduce((length, image) => length + image.length, 0));
  images.reduce((at, image) => (all.set(image, at), at + image.length), 0);
  return all;
}

/** What the page can ask, as `Engine.ask` and `Remote.ask` name it. Codes lie one after the other in one array. */
const requests = {
  /** @param {WebAssembly.Module} module @param {import("./protocol.js").DeviceKind} device */
  async open(module, device) {
    completeAdapters();
    await init({ module_or_path: module });
    session = await Session.open(device);
    session.onLost((reason) => send({ end: "lost", reason }));
  },
  /** @param {Uint8Array} json model.json */
  begin: (json) => open().begin(json),
  /** A file of the model, in any order. @param {string} name @param {Uint8Array} bytes */
  add: (name, bytes) => open().add(name, bytes),
  tune: () => open().tune(() => performance.now()),

  /**
   * @param {Uint8Array} photo the file's bytes
   * @param {boolean} whole also where the model sees garments alone
   * @param {import("./protocol.js").View} [view] all of it if left out
   */
  async reconstruct(photo, whole, view) {
    const start = performance.now();
    const made = await open().reconstruct(await readable(photo), view && Float64Array.of(view.turns, view.left, view.top, view.side), whole);
    return { ...made, milliseconds: performance.now() - start };
  },
  /** @param {Uint8Array} photo the file's bytes @param {boolean} whole also where the model sees garments alone */
  embed: async (photo, whole) => open().embed(await readable(photo), whole),
  /** To look at, as `reconstruct` sees it. @param {Uint8Array} photo the file's bytes @param {number} longest pixels of its longer side at most */
  preview: async (photo, longest) => previewPhoto(await readable(photo), longest),
  /** @param {Uint8ClampedArray} picture 64x64 RGBA pixels, as the networks see a photo */
  rebuild: (picture) => open().rebuild(picture),
  /** @param {number} seed @param {number} count @param {boolean} likePhotographs codes like theirs, where the model knows them; otherwise the prior's */
  sample: (seed, count, likePhotographs) => open().sample(seed, count, likePhotographs),
  /** @param {Float32Array} codes @param {boolean} judged whether D judges the pictures */
  decode: (codes, judged) => open().decode(codes, judged),
  /** Photographs that the model was trained on, once their file is here. @param {Float32Array} code @param {number} count */
  nearest: (code, count) => open().nearest(code, count),
  drawnOutfit,

  /** D's probabilities of what is shown already when it comes. @param {Uint8ClampedArray} original the photo as the network sees it @param {Float32Array} code */
  judge: (original, code) => open().judge(original, code),

  /** Pictures to train on are to be as this model sees photos. @param {Uint8Array} json model.json @param {import("./protocol.js").NamedFile[]} files that of the network that cuts garments out, if there is one */
  prepareFor(json, files) {
    const next = new PicturePreparation(json, files);
    preparation?.free();
    preparation = next;
  },
  /** @param {Uint8Array} photo the file's bytes */
  preparePicture: async (photo) => prepared().picture(await readable(photo)),
  /** @param {number} first @param {number} count */
  drawnPictures: (first, count) => prepared().drawn(first, count),
  unpackArchive,

  /** @param {import("./protocol.js").Walk} walk */
  walk: ({ stops, latent, interpolation, easing, closed, steps }) => walkCodes(stops, latent, interpolation, easing, closed, steps),
  mix: mixCodes,
  transfer: transferCode,
  /** @param {Float32Array} code @param {Float32Array} amounts one for each of the model's directions */
  shift: (code, amounts) => open().shift(code, amounts),

  /** @param {Float32Array} code @param {Float32Array} steps one after the other @param {Float32Array} amounts one for each */
  moveCode: (code, steps, amounts) => moveCode(code, steps, amounts),
  /** @param {Float32Array} code @param {Float32Array} step @param {Float32Array} amounts one for each code that is wanted */
  along: (code, step, amounts) => codesAlong(code, step, amounts),
  /** Directions that take no labels, as the text of a file. @param {Uint8Array} json model.json @param {import("./protocol.js").NamedFile[]} files G's, and those of codes and directions, where the model has them @param {number} count of each kind, at most */
  unnamed: (json, files, count) => unnamedDirections(json, files, count),

  /** @param {OffscreenCanvas} canvas without a context */
  attach: (canvas) => screens.attach(open(), canvas),
  /** @param {number} canvas as `attach` numbered it @param {Float32Array} codes @param {number} columns pictures side by side */
  show: (canvas, codes, columns) => screens.show(open(), canvas, codes, columns),

  /** Pictures in rows as a PNG file. @param {Uint8ClampedArray[]} images RGBA pixels, all of one side, @param {number} factor how much they are enlarged @param {number} columns pictures in a row */
  png: (images, factor, columns) => pngOf(joined(images), images[0] ? sideOf(images[0]) : 0, factor, columns),

  // A GIF is made picture by picture, so that it can be stopped and other requests wait only shortly.
  /** @param {number} side of a picture, in pixels @param {number} factor how much pictures are enlarged @param {number} delay hundredths of a second */
  gifBegin(side, factor, delay) {
    requests.gifForget();
    animation = new GifAnimation(side, factor, delay);
  },
  /** @param {Float32Array} codes */
  async gifAdd(codes) {
    const gif = begun();
    const { images } = await open().decode(codes, false);
    for (const image of images) gif.push(image);
  },
  gifFinish: () => begun().finish(),
  gifForget() {
    animation?.free();
    animation = undefined;
  },
};
/** @typedef {typeof requests} Requests */

answer(requests);
