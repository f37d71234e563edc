// A WebM file of VP8 or VP9 frames (RFC 9559): one track, its duration, and an index of places to jump to.

/** Nanoseconds in a unit of time: milliseconds. */
const SCALE = 1_000_000;
/** Elements' numbers, their length marks among them. */
const ID = {
  head: 0x1a45dfa3, version: 0x4286, readVersion: 0x42f7, idLength: 0x42f2, sizeLength: 0x42f3, kind: 0x4282, kindVersion: 0x4287, kindReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966, scale: 0x2ad7b1, duration: 0x4489, muxer: 0x4d80, writer: 0x5741,
  tracks: 0x1654ae6b, track: 0xae, number: 0xd7, uid: 0x73c5, type: 0x83, codec: 0x86, each: 0x23e383, video: 0xe0, width: 0xb0, height: 0xba,
  cluster: 0x1f43b675, time: 0xe7, block: 0xa3,
  cues: 0x1c53bb6b, point: 0xbb, pointTime: 0xb3, place: 0xb7, placeTrack: 0xf7, placeCluster: 0xf1,
};

/**
 * @param {import("./encode.js").Encoded} encoded
 * @param {{ side: number, rate: number }} form
 * @returns {Blob}
 */
export function webm({ coding, frames }, { side, rate }) {
  const codec = coding.codec === "vp8" ? "V_VP8" : "V_VP9";
  const time = (/** @type {number} */ index) => Math.round((1000 * index) / rate);
  const head = element(ID.head, whole(ID.version, 1), whole(ID.readVersion, 1), whole(ID.idLength, 4), whole(ID.sizeLength, 8), text(ID.kind, "webm"), whole(ID.kindVersion, 2), whole(ID.kindReadVersion, 2));
  const info = element(ID.info, whole(ID.scale, SCALE), real(ID.duration, (1000 * frames.length) / rate), text(ID.muxer, "stylewalk"), text(ID.writer, "stylewalk"));
  const video = element(ID.video, whole(ID.width, side), whole(ID.height, side));
  const tracks = element(ID.tracks, element(ID.track, whole(ID.number, 1), whole(ID.uid, 1), whole(ID.type, 1), text(ID.codec, codec), whole(ID.each, Math.round(1e9 / rate)), video));
  const [clusters, cues] = clustersOf(frames, time, info.length + tracks.length);
  return new Blob([head, element(ID.segment, info, tracks, ...clusters, cues)].map((part) => new Uint8Array(part)), { type: "video/webm" });
}

/**
 * A cluster begins with a frame that needs no other.
 * @param {import("./encode.js").Frame[]} frames @param {(index: number) => number} time @param {number} before bytes of the segment before the first
 * @returns {[Uint8Array[], Uint8Array]} the clusters, and the index of them
 */
function clustersOf(frames, time, before) {
  /** @type {{ start: number, blocks: Uint8Array[] }[]} */
  const groups = [];
  frames.forEach(({ bytes, isKey }, index) => {
    if (isKey || groups.length === 0) groups.push({ start: time(index), blocks: [] });
    const group = groups.at(-1);
    const since = time(index) - (group?.start ?? 0);
    // The track's number, the time since the cluster's, and whether it needs no other.
    group?.blocks.push(element(ID.block, Uint8Array.of(0x81, since >> 8, since & 255, isKey ? 0x80 : 0), bytes));
  });
  const clusters = groups.map(({ start, blocks }) => element(ID.cluster, whole(ID.time, start), ...blocks));
  let at = before;
  const points = groups.map(({ start }, index) => {
    const place = element(ID.place, whole(ID.placeTrack, 1), whole(ID.placeCluster, at));
    at += clusters[index]?.length ?? 0;
    return element(ID.point, whole(ID.pointTime, start), place);
  });
  return [clusters, element(ID.cues, ...points)];
}

/** @param {number} id @param {...Uint8Array} content */
function element(id, ...content) {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  const head = [...bigEndian(id), ...sizeMark(size)];
  const all = new Uint8Array(head.length + size);
  all.set(head);
  let at = head.length;
  for (const part of content) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A size in eight bytes, of which the first marks that. @param {number} size */
function sizeMark(size) {
  return [0x01, ...bigEndian(size, 7)];
}

/** @param {number} id @param {number} number */
function whole(id, number) {
  return element(id, Uint8Array.from(bigEndian(number)));
}

/** @param {number} id @param {number} number */
function real(id, number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return element(id, new Uint8Array(view.buffer));
}

/** @param {number} id @param {string} letters */
function text(id, letters) {
  return element(id, Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
}

/** @param {number} number below 2^53 @param {number} [least] bytes */
function bigEndian(number, least = 1) {
  const bytes = [];
  for (let rest = number; rest > 0 || bytes.length < least; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}
