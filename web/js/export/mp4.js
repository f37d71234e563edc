// An MP4 file of H.264 frames (ISO/IEC 14496-12 and -15): one track, every frame equally long, the index before the frames so
// that playing begins while the file is on its way.

/** Units of time in a second: a whole number for each frame at common rates. */
const SCALE = 90_000;
const IDENTITY = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/**
 * @param {import("./encode.js").Encoded} encoded
 * @param {{ side: number, rate: number }} form
 * @returns {Blob}
 */
export function mp4({ frames, description }, { side, rate }) {
  const head = box("ftyp", text("isom"), u32(0x200), text("isomiso2avc1mp41"));
  const movie = (/** @type {number} */ offset) => moov({ frames, description, side, rate, offset });
  // Where the frames begin follows from how long the index is, whatever it says.
  const offset = head.length + movie(0).length + 8;
  const size = frames.reduce((sum, { bytes }) => sum + bytes.length, 8);
  return new Blob([head, movie(offset), u32(size), text("mdat"), ...frames.map(({ bytes }) => bytes)].map((part) => new Uint8Array(part)), { type: "video/mp4" });
}

/** @param {{ frames: import("./encode.js").Frame[], description: Uint8Array, side: number, rate: number, offset: number }} track */
function moov({ frames, description, side, rate, offset }) {
  const each = Math.round(SCALE / rate);
  const duration = each * frames.length;
  const place = [u16(0, 0, 0, 0), u32(...IDENTITY)];
  return box("moov",
    full("mvhd", 0, u32(0, 0, SCALE, duration, 0x10000), u16(0x100, 0), u32(0, 0), u32(...IDENTITY), u32(0, 0, 0, 0, 0, 0), u32(2)),
    box("trak",
      full("tkhd", 3, u32(0, 0, 1, 0, duration, 0, 0), ...place, u32(side << 16, side << 16)),
      box("mdia",
        full("mdhd", 0, u32(0, 0, SCALE, duration), u16(0x55c4, 0)),
        full("hdlr", 0, u32(0), text("vide"), u32(0, 0, 0), text("stylewalk\0")),
        box("minf",
          full("vmhd", 1, u16(0, 0, 0, 0)),
          box("dinf", full("dref", 0, u32(1), full("url ", 1))),
          box("stbl",
            full("stsd", 0, u32(1), avc1(side, description)),
            full("stts", 0, u32(1, frames.length, each)),
            full("stss", 0, u32(keys(frames).length, ...keys(frames))),
            full("stsc", 0, u32(1, 1, frames.length, 1)),
            full("stsz", 0, u32(0, frames.length, ...frames.map(({ bytes }) => bytes.length))),
            full("stco", 0, u32(1, offset)))))));
}

/** How frames are coded. @param {number} side @param {Uint8Array} description */
function avc1(side, description) {
  return box("avc1", u16(0, 0, 0, 1), u32(0, 0, 0, 0), u16(side, side), u32(0x480000, 0x480000, 0), u16(1), new Uint8Array(32), u16(24, 0xffff), box("avcC", description));
}

/** Numbers, from 1, of frames that need no other. @param {import("./encode.js").Frame[]} frames */
function keys(frames) {
  return frames.flatMap(({ isKey }, index) => (isKey ? [index + 1] : []));
}

/** @param {string} name @param {...Uint8Array} content */
function box(name, ...content) {
  return joined([u32(content.reduce((sum, part) => sum + part.length, 8)), text(name), ...content]);
}

/** A box with a version, always 0, and flags. @param {string} name @param {number} flags @param {...Uint8Array} content */
function full(name, flags, ...content) {
  return box(name, u32(flags), ...content);
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {...number} numbers */
function u32(...numbers) {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((number, index) => view.setUint32(4 * index, number));
  return new Uint8Array(view.buffer);
}

/** @param {...number} numbers */
function u16(...numbers) {
  const view = new DataView(new ArrayBuffer(2 * numbers.length));
  numbers.forEach((number, index) => view.setUint16(2 * index, number));
  return new Uint8Array(view.buffer);
}

/** @param {string} letters */
function text(letters) {
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
