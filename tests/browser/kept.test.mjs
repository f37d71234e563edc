// The copy that works without a network is whole or not used, whenever the browser is ended. `cargo xtask kill` tries more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ended } from "./kept.mjs";

test("a browser that is ended while it keeps the page has the whole page afterwards, or says that it has not", async () => {
  const { outcome, took } = await ended(Infinity);
  assert.equal(outcome, "whole");
  for (const part of [0.3, 0.6]) await ended(part * took);
});
