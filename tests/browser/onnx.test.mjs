// `stylewalk export --format onnx`: ONNX Runtime makes of a picture what the program makes of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-web";
import { stylewalk } from "./folder.mjs";
import { farthest } from "./photos.mjs";
import { pixels } from "./png.mjs";
import { model } from "./server.mjs";

const SIDE = 64;
const PLANE = SIDE * SIDE;

// Both compute in float32 in different orders: codes and percentages differ in the sixth digit, pictures by what rounds
// to the other of two bytes.
const CODE = 1e-4;
const SHARE = 1e-4;
const STEPS = 1;

describe("ONNX models", () => {
  /** @type {string} */ let folder;
  /** @type {Record<string, ort.InferenceSession>} */ const sessions = {};
  /** @type {string[]} */ let photos;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "stylewalk-"));
    await stylewalk("export", model, "--out", join(folder, "onnx"), "--format", "onnx");
    for (const name of ["generator", "encoder", "discriminator"]) {
      sessions[name] = await ort.InferenceSession.create(await readFile(join(folder, "onnx", `${name}.onnx`)));
    }
    await stylewalk("data", "draw", join(folder, "drawn"), "--count", "4", "--test-share", "0.5");
    photos = await found(join(folder, "drawn"));
  });
  after(async () => {
    for (const session of Object.values(sessions)) await session.release();
    if (folder) await rm(folder, { recursive: true });
  });

  test("E, G and D agree with the program, in a batch", async () => {
    assert.equal(photos.length, 4);
    const written = ["--tiles", join(folder, "tiles"), "--out", join(folder, "both.png")];
    const told = await stylewalk("reconstruct", ...photos, "--model", model, "--json", ...written);
    const native = told.trim().split("\n").map((line) => JSON.parse(line));
    const batch = await Promise.all(photos.map(async (photo) => planes(await tile(photo, "original"))));

    const x = new ort.Tensor("float32", Float32Array.from(batch.flat()), [photos.length, 3, SIDE, SIDE]);
    const z = await run("encoder", { x }, "z");
    const made = await run("generator", { z }, "x");
    const real = await run("discriminator", { x, z }, "score");
    const rebuilt = await run("discriminator", { x: made, z }, "score");
    assert.deepEqual(made.dims, [photos.length, 3, SIDE, SIDE]);
    assert.deepEqual(real.dims, [photos.length, 1]);

    for (const [index, expected] of native.entries()) {
      const code = row(z, index, photos.length);
      assert.ok(farthest(code, expected.latent) <= CODE, `codes differ by ${farthest(code, expected.latent)}`);
      const picture = bytes(row(made, index, photos.length));
      const steps = farthest(picture, await tile(photos[index] ?? "", "reconstruction"));
      assert.ok(steps <= STEPS, `pictures differ by ${steps} of 255`);
      for (const [scores, share] of /** @type {const} */ ([[real, expected.score_original], [rebuilt, expected.score]])) {
        const [found = NaN] = row(scores, index, photos.length);
        assert.ok(Math.abs(found - share) <= SHARE, `D says ${found} where the program says ${share}`);
      }
    }
    // Different pictures, so that agreement means something.
    assert.ok(farthest(row(z, 0, photos.length), row(z, 1, photos.length)) > 0.1);
  });

  test("a batch of one is taken as well", async () => {
    const z = new ort.Tensor("float32", new Float32Array(100).fill(0.25), [1, 100]);
    assert.deepEqual((await run("generator", { z }, "x")).dims, [1, 3, SIDE, SIDE]);
  });

  /** @param {string} name @param {Record<string, ort.Tensor>} inputs @param {string} output */
  async function run(name, inputs, output) {
    const found = (await sessions[name]?.run(inputs))?.[output];
    assert.ok(found, `${name} has no output ${output}`);
    return found;
  }

  /** What the program saw or made of a photo, as RGB bytes. @param {string} photo @param {string} what */
  async function tile(photo, what) {
    const name = /([^/]*)\.png$/.exec(photo)?.[1] ?? "";
    return pixels(await readFile(join(folder, "tiles", name, `${what}.png`))).rgb;
  }
});

/** Every PNG below a folder. @param {string} folder @returns {Promise<string[]>} */
async function found(folder) {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith(".png")).sort().map((name) => join(folder, name));
}

/** RGB bytes as the networks see them: planes in [-1, 1]. @param {number[]} rgb */
function planes(rgb) {
  return Array.from({ length: 3 * PLANE }, (_, i) => (rgb[3 * (i % PLANE) + Math.floor(i / PLANE)] ?? 0) / 127.5 - 1);
}

/** Planes in [-1, 1] as RGB bytes. @param {number[]} values */
function bytes(values) {
  return Array.from({ length: 3 * PLANE }, (_, i) => Math.round(((values[(i % 3) * PLANE + Math.floor(i / 3)] ?? 0) + 1) * 127.5));
}

/** One of `count` rows. @param {ort.Tensor} tensor @param {number} index @param {number} count @returns {number[]} */
function row(tensor, index, count) {
  const values = /** @type {Float32Array} */ (tensor.data);
  const length = values.length / count;
  return [...values.subarray(index * length, (index + 1) * length)];
}
