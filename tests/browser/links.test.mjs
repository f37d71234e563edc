// Links, without a browser: whatever stands behind the # is pins that can be shown, or one sentence.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../web/js/crc32.js";
import { read, write } from "../../web/js/keep/link.js";

const LATENT = 5;
const MOST = 48;
const TRIES = 5_000;
const LETTERS = "ABCxyz019-_.%#w= \u00e9";

/** Numbers from 0 to below 1, the same at every run. @param {number} seed */
function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {() => number} next @param {number} below */
const whole = (next, below) => Math.floor(next() * below);

/** @param {() => number} next @returns {import("../../web/js/keep/link.js").Shared} */
function shared(next) {
  const codes = Array.from({ length: 1 + whole(next, MOST) }, () => Float32Array.from({ length: LATENT }, () => 4 * next() - 2));
  /** @template T @param {T} a @param {T} b */
  const either = (a, b) => (next() < 0.5 ? a : b);
  const walk = {
    mode: either(/** @type {const} */ ("line"), /** @type {const} */ ("corners")),
    interpolation: either(/** @type {const} */ ("straight"), /** @type {const} */ ("spherical")),
    easing: either(/** @type {const} */ ("even"), /** @type {const} */ ("gentle")),
    loop: either(true, false),
    seconds: (5 + whole(next, 75)) / 10,
    across: next(),
    down: next(),
  };
  return { model: whole(next, 2 ** 32), walk, codes };
}

/** What may be asked of anything that was read. @param {string} text */
function readOrRefused(text) {
  try {
    const { walk, codes } = read(text, LATENT, MOST);
    assert.ok(codes.length > 0 && codes.length <= MOST, `${codes.length} pins`);
    for (const code of codes) assert.ok(code.length === LATENT && code.every(Number.isFinite), String(code));
    for (const part of [walk.seconds, walk.across, walk.down]) assert.ok(Number.isFinite(part), JSON.stringify(walk));
    return "read";
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    assert.match(/** @type {Error} */ (error).message, /^[A-Z].*\.$/, text);
    return "refused";
  }
}

test("what was written is read again", () => {
  const next = chance(1);
  for (let tried = 0; tried < 500; tried++) {
    const given = shared(next);
    const { model, walk, codes } = read(write(given), LATENT, MOST);
    assert.equal(model, given.model);
    assert.deepEqual({ ...walk, across: 0, down: 0 }, { ...given.walk, across: 0, down: 0 });
    codes.forEach((code, pin) => code.forEach((value, at) => assert.ok(Math.abs(value - (given.codes[pin]?.[at] ?? NaN)) < 1e-4)));
  }
});

test("changed letters are refused in one sentence, or change nothing that matters", () => {
  const next = chance(2);
  const seen = { read: 0, refused: 0 };
  for (let tried = 0; tried < TRIES; tried++) {
    let text = write(shared(next));
    for (let change = whole(next, 3); change >= 0; change--) {
      const at = whole(next, text.length + 1);
      const letter = LETTERS[whole(next, LETTERS.length)] ?? "";
      const ways = [text.slice(0, at), text.slice(0, at) + letter + text.slice(at), text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + letter + text.slice(at + 1)];
      text = ways[whole(next, ways.length)] ?? "";
    }
    seen[readOrRefused(text)]++;
  }
  assert.ok(seen.refused > TRIES / 2 && seen.read > 0, JSON.stringify(seen));
});

test("so are changed bytes whose checksum is right", () => {
  const next = chance(3);
  const seen = { read: 0, refused: 0 };
  for (let tried = 0; tried < TRIES; tried++) {
    const bytes = Buffer.from(write(shared(next)).slice(3), "base64url");
    for (let change = whole(next, 4); change >= 0; change--) bytes[4 + whole(next, bytes.length - 4)] = whole(next, 256);
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    seen[readOrRefused(`w1.${bytes.toString("base64url")}`)]++;
  }
  assert.ok(seen.read > TRIES / 10, JSON.stringify(seen));
});
