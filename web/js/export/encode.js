// Pictures become the frames of a video by the browser's own encoder (WebCodecs), each with its time. Nothing is played or
// recorded: a video lasts as long as its pictures do, however busy the machine is.
import { sideOf } from "../side.js";

/** Pixels of a video along a side, whatever its pictures have. */
export const WIDTH = 512;
const BITS = 4_000_000;
/** A picture that needs no other to be shown, every so many: players jump to those. */
const BETWEEN_KEYS = 60;
/** Pictures that may wait in the encoder. */
const WAITING = 8;

/** @typedef {"mp4" | "webm"} Container */
/** @typedef {{ codec: string, container: Container }} Coding */
/** @typedef {{ bytes: Uint8Array, isKey: boolean }} Frame one encoded picture */
/** @typedef {{ coding: Coding, frames: Frame[], description: Uint8Array }} Encoded `description` is what a decoder needs first, where the coding has that */

/**
 * What to try, the most widely played first. H.264 in its baseline has no pictures that depend on later ones, so that frames
 * come in the order of their times.
 * @type {readonly Coding[]}
 */
const CODINGS = [
  { codec: "avc1.42E01E", container: "mp4" },
  { codec: "vp09.00.30.08", container: "webm" },
  { codec: "vp8", container: "webm" },
];

/** @param {string} codec @param {number} rate @returns {VideoEncoderConfig} */
function config(codec, rate) {
  const own = codec.startsWith("avc1") ? { avc: { format: /** @type {const} */ ("avc") } } : {};
  return { codec, width: WIDTH, height: WIDTH, bitrate: BITS, framerate: rate, latencyMode: "quality", ...own };
}

/** What this browser encodes; none where it has no encoder, or gives it to pages over https alone. @param {number} rate @returns {Promise<Coding | undefined>} */
export async function coding(rate) {
  if (!("VideoEncoder" in globalThis)) return undefined;
  for (const coding of CODINGS) {
    const { supported } = await VideoEncoder.isConfigSupported(config(coding.codec, rate)).catch(() => ({ supported: false }));
    if (supported) return coding;
  }
  return undefined;
}

/** Encodes pictures as they come. */
export class Encoding {
  /** @type {number} */ #rate;
  /** @type {Coding} */ #coding;
  #encoder;
  /** @type {Frame[]} */ #frames = [];
  /** @type {Uint8Array} */ #description = new Uint8Array();
  #count = 0;
  /** @type {Error | undefined} */ #failure;

  /** @param {Coding} coding @param {number} rate pictures a second */
  constructor(coding, rate) {
    [this.#coding, this.#rate] = [coding, rate];
    this.#encoder = new VideoEncoder({
      output: (chunk, metadata) => this.#keep(chunk, metadata),
      error: (error) => { this.#failure = error; },
    });
    this.#encoder.configure(config(coding.codec, rate));
  }

  /** @param {EncodedVideoChunk} chunk @param {EncodedVideoChunkMetadata} [metadata] */
  #keep(chunk, metadata) {
    const { description } = metadata?.decoderConfig ?? {};
    if (description) this.#description = bytesOf(description);
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    this.#frames.push({ bytes, isKey: chunk.type === "key" });
  }

  /** @param {Uint8ClampedArray} picture RGBA */
  async add(picture) {
    const time = (/** @type {number} */ index) => Math.round((index * 1_000_000) / this.#rate);
    const frame = new VideoFrame(enlarged(picture), {
      format: "RGBA",
      codedWidth: WIDTH,
      codedHeight: WIDTH,
      timestamp: time(this.#count),
      duration: time(this.#count + 1) - time(this.#count),
    });
    this.#check();
    this.#encoder.encode(frame, { keyFrame: this.#count % BETWEEN_KEYS === 0 });
    frame.close();
    this.#count++;
    while (this.#encoder.state === "configured" && this.#encoder.encodeQueueSize > WAITING) await new Promise((later) => setTimeout(later));
  }

  /** @returns {Promise<Encoded>} */
  async finish() {
    await this.#encoder.flush().catch((error) => { this.#failure ??= error; });
    this.#check();
    this.close();
    if (this.#frames.length !== this.#count) throw new Error(`The browser encoded ${this.#frames.length} of ${this.#count} pictures: export a GIF instead.`);
    return { coding: this.#coding, frames: this.#frames, description: this.#description };
  }

  #check() {
    if (this.#failure) throw new Error(`The browser could not encode the video (${this.#failure.message.replace(/[.\s]*$/, "")}): export a GIF instead.`);
  }

  close() {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }
}

/** @param {AllowSharedBufferSource} source @returns {Uint8Array} */
function bytesOf(source) {
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice() : new Uint8Array(source).slice();
}

/** Each pixel as a square. No canvas takes part: some browsers blur what is read from one. @param {Uint8ClampedArray} picture */
function enlarged(picture) {
  const from = new Uint32Array(picture.slice().buffer);
  const to = new Uint32Array(WIDTH * WIDTH);
  const side = sideOf(picture);
  const square = WIDTH / side;
  for (let y = 0; y < side; y++) {
    const row = y * square * WIDTH;
    for (let x = 0; x < side; x++) to.fill(from[y * side + x] ?? 0, row + x * square, row + (x + 1) * square);
    for (let copy = 1; copy < square; copy++) to.copyWithin(row + copy * WIDTH, row, row + WIDTH);
  }
  return to.buffer;
}
