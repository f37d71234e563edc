// Links, without a browser: whatever stands behind the # is pins that can be shown, or one sentence.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { read, write } from "../../web/js/keep/link.js";
import { LATENT, MOST, chance, readOrRefused, whole, withOtherBytes, withOtherLetters } from "../fuzz/links.mjs";

const TRIES = 5_000;
const CORPUS = new URL("../fuzz/corpus/links/", import.meta.url);

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
    for (let change = whole(next, 3); change >= 0; change--) text = withOtherLetters(next, text);
    seen[readOrRefused(text)]++;
  }
  assert.ok(seen.refused > TRIES / 2 && seen.read > 0, JSON.stringify(seen));
});

test("so are changed bytes whose checksum is right", () => {
  const next = chance(3);
  const seen = { read: 0, refused: 0 };
  for (let tried = 0; tried < TRIES; tried++) seen[readOrRefused(withOtherBytes(next, write(shared(next))))]++;
  assert.ok(seen.read > TRIES / 10, JSON.stringify(seen));
});

test("what campaigns began with and found is read or refused", () => {
  const texts = readdirSync(CORPUS).map((name) => readFileSync(new URL(name, CORPUS), "utf8"));
  assert.ok(texts.length > 0);
  for (const text of texts) {
    readOrRefused(text);
    for (let end = 0; end < text.length; end++) readOrRefused(text.slice(0, end));
  }
});
