// Pins and walk as the part of an address after #, which browsers never send to a server.
//
// Version 1, little-endian, in base64url after "w1.":
//   u32 checksum of what follows (CRC-32) | u32 start of the generator's sha256 | u8 flags | u8 tenths of a second
//   u8 across, u8 down (of 255) | u8 pins | u16 numbers of a code | for each pin: f32 scale, i16 for each number

import { crc32 } from "../crc32.js";

const PREFIX = "w1.";
const HEAD = 15;
const LARGEST = 32767;
const FLAG = { corners: 1, spherical: 2, gentle: 4, loop: 8 };

/** @typedef {import("../walk/settings.js").WalkSettings & { across: number, down: number }} WalkState */
/** @typedef {{ model: number, walk: WalkState, codes: Float32Array[] }} Shared `model` is where the generator's sha256 starts */

/** @param {Shared} shared @returns {string} without the # */
export function write({ model, walk, codes }) {
  const latent = codes[0]?.length ?? 0;
  const view = new DataView(new ArrayBuffer(HEAD + codes.length * (4 + 2 * latent)));
  view.setUint32(4, model, true);
  view.setUint8(8, (walk.mode === "corners" ? FLAG.corners : 0) | (walk.interpolation === "spherical" ? FLAG.spherical : 0)
    | (walk.easing === "gentle" ? FLAG.gentle : 0) | (walk.loop ? FLAG.loop : 0));
  view.setUint8(9, Math.round(10 * walk.seconds));
  view.setUint8(10, Math.round(255 * walk.across));
  view.setUint8(11, Math.round(255 * walk.down));
  view.setUint8(12, codes.length);
  view.setUint16(13, latent, true);
  codes.forEach((code, pin) => {
    const at = HEAD + pin * (4 + 2 * latent);
    const scale = Math.fround(code.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / LARGEST);
    view.setFloat32(at, scale, true);
    code.forEach((value, index) => view.setInt16(at + 4 + 2 * index, scale > 0 ? Math.round(value / scale) : 0, true));
  });
  const bytes = new Uint8Array(view.buffer);
  view.setUint32(0, crc32(bytes.subarray(4)), true);
  return PREFIX + btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * @param {string} text without the #
 * @param {number} latent of the model that is loaded
 * @param {number} most pins
 * @returns {Shared}
 */
export function read(text, latent, most) {
  // What messengers and hands add: other spellings of letters, and brackets or full stops behind it.
  const [link = ""] = /^w\d+\.[\w-]*/.exec(spelled(text)) ?? [];
  if (!link) throw new Error("The part of the address after # is not a link of this page.");
  if (!link.startsWith(PREFIX)) throw new Error("This link was made by a newer version of the page: load the page again, or ask for a new link.");
  const bytes = unpack(link.slice(PREFIX.length));
  const damaged = "This link is damaged, perhaps cut off where it was copied: ask for it again.";
  if (!bytes || bytes.length < HEAD) throw new Error(damaged);
  const view = new DataView(bytes.buffer);
  const [pins, numbers] = [view.getUint8(12), view.getUint16(13, true)];
  const length = HEAD + pins * (4 + 2 * numbers);
  // Letters behind its end are not the link's.
  const whole = bytes.length >= length && view.getUint32(0, true) === crc32(bytes.subarray(4, length));
  if (!whole || pins === 0) throw new Error(damaged);
  if (numbers !== latent) throw new Error(`This link holds codes of ${numbers} numbers, and this model's have ${latent}: it was made with another model.`);
  if (pins > most) throw new Error(`This link holds ${pins} pins, and the page takes ${most}.`);
  const codes = Array.from({ length: pins }, (_, pin) => {
    const at = HEAD + pin * (4 + 2 * numbers);
    const scale = view.getFloat32(at, true);
    return Float32Array.from({ length: numbers }, (_, index) => scale * view.getInt16(at + 4 + 2 * index, true));
  });
  if (!codes.every((code) => code.every(Number.isFinite))) throw new Error(damaged);
  return { model: view.getUint32(4, true), walk: walkOf(view), codes };
}

/** @param {DataView} view @returns {WalkState} */
function walkOf(view) {
  const flags = view.getUint8(8);
  return {
    mode: flags & FLAG.corners ? "corners" : "line",
    interpolation: flags & FLAG.spherical ? "spherical" : "straight",
    easing: flags & FLAG.gentle ? "gentle" : "even",
    loop: (flags & FLAG.loop) !== 0,
    seconds: view.getUint8(9) / 10,
    across: view.getUint8(10) / 255,
    down: view.getUint8(11) / 255,
  };
}

/** @param {string} text */
function spelled(text) {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text.trim();
  }
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer> | undefined} */
function unpack(text) {
  // A single letter behind whole fours holds no byte.
  const letters = text.length % 4 === 1 ? text.slice(0, -1) : text;
  try {
    return Uint8Array.from(atob(letters.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}
