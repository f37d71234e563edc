// Which device a training takes, by steps of devices that exist in this file alone.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

/** @typedef {import("../../web/js/train/device.js").Trial} Trial */

// The page's modules read the page's address when they are loaded.
Object.assign(globalThis, { location: new URL("http://127.0.0.1/") });
const { fasterDevice } = await import("../../web/js/train/device.js");

const never = () => new Promise(() => {});

/** @param {{ webgpu: Trial["time"], cpu: Trial["time"] }} times */
function devices(times) {
  /** @type {string[]} */
  const did = [];
  const open = async (/** @type {"cpu" | "webgpu"} */ kind) => ({
    time: (/** @type {number} */ batch) => { did.push(`${kind} ${batch}`); return times[kind](batch); },
    close: () => { did.push(`${kind} closed`); },
  });
  return { did, open };
}

describe("the device that a training takes", () => {
  test("is the one whose step of the training's own size is faster, after a small one", async () => {
    const fast = devices({ webgpu: async () => 50, cpu: async () => 900 });
    assert.equal(await fasterDevice(fast.open, 16), "webgpu");
    assert.deepEqual(fast.did, ["webgpu 2", "webgpu 16", "webgpu closed", "cpu 16", "cpu closed"]);
    const slow = devices({ webgpu: async () => 900, cpu: async () => 50 });
    assert.equal(await fasterDevice(slow.open, 16), "cpu");
  });

  test("does not wait for a CPU that is slower anyway", async () => {
    const { open, did } = devices({ webgpu: async () => 1, cpu: never });
    assert.equal(await fasterDevice(open, 16), "webgpu");
    assert.equal(did.at(-1), "cpu closed");
  });

  test("is no graphics device that is slow with few pictures, fails, or never answers", async () => {
    const long = devices({ webgpu: async (batch) => 2_000 * batch, cpu: async () => 1 });
    assert.equal(await fasterDevice(long.open, 32), "cpu");
    assert.deepEqual(long.did, ["webgpu 2", "webgpu closed"], "no long step is begun");
    const failing = devices({ webgpu: async () => { throw new Error("lost"); }, cpu: async () => 1 });
    assert.equal(await fasterDevice(failing.open, 16), "cpu");
    const silent = devices({ webgpu: never, cpu: async () => 1 });
    assert.equal(await fasterDevice(silent.open, 16, 20), "cpu");
    assert.equal(await fasterDevice(async () => { throw new Error("no device"); }, 16), "cpu");
  });
});
