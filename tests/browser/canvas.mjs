// A hand on a canvas of 64x64 pixels, and what it finds there.
import assert from "node:assert/strict";
import { by } from "./visit.mjs";

/** Width and height of pictures. */
export const SIDE = 64;

/** Where a canvas is on the screen. @param {import("./visit.mjs").Visit} visit @param {string} hook */
export async function place({ page }, hook) {
  const canvas = page.locator(by(hook));
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  assert.ok(box);
  return box;
}

/** Draws with the mouse, through places as parts of the picture. @param {import("./visit.mjs").Visit} visit @param {string} hook @param {[number, number][]} places */
export async function draw(visit, hook, places) {
  const { x, y, width, height } = await place(visit, hook);
  const { mouse } = visit.page;
  for (const [index, [right, down]] of places.entries()) {
    await mouse.move(x + right * width, y + down * height, { steps: index === 0 ? 1 : 5 });
    if (index === 0) await mouse.down();
  }
  await mouse.up();
}

/** @param {number[]} picture RGBA @param {number} x @param {number} y */
export function pixel(picture, x, y) {
  const at = 4 * (SIDE * y + x);
  return picture.slice(at, at + 4);
}
