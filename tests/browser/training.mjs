// What a visitor does with the panel that trains.
import { by } from "./visit.mjs";

/** @typedef {import("./visit.mjs").Visit} Visit */

/** The panel is unfolded. @param {Visit} visit */
export async function unfold({ page }) {
  if (!(await page.isVisible(by("train-start")))) await page.click("#train-fold > summary");
}

/** The workshop is there, and with it what can be chosen. @param {Visit} visit */
export async function offered(visit) {
  const { page } = visit;
  await unfold(visit);
  await page.click(by("train-setup"));
  await page.waitForFunction(() => document.querySelectorAll("[data-testid=train-preset] option").length === 9);
}

/** Networks that begin from nothing. @param {Visit} visit @param {{ width: number, batch: number, l2?: number, own?: boolean }} settings */
export async function choose({ page }, { width, batch, l2, own }) {
  await page.check(by("train-from-nothing"));
  await page.check(by(own ? "train-own" : "train-drawn"));
  await page.selectOption(by("train-preset"), "ex8");
  if (l2 !== undefined) await page.fill(by("train-l2"), String(l2));
  await page.fill(by("train-width"), String(width));
  await page.fill(by("train-batch"), String(batch));
}

/** @param {Visit} visit @param {number} least steps taken, and no button deaf */
export function steps({ page }, least) {
  return page.waitForFunction((least) => document.querySelector("#train")?.getAttribute("aria-busy") === "false" && Number((document.querySelector("[data-testid=train-count]")?.textContent ?? "").replace(",", "")) >= least, least);
}

/** @param {Visit} visit @param {string} hook @param {string} text */
export function waitFor({ page }, hook, text) {
  return page.waitForFunction(([hook, text]) => document.querySelector("#train")?.getAttribute("aria-busy") === "false"
    && document.querySelector(`[data-testid=${hook}]`)?.textContent === text, [hook, text]);
}

/** @param {Visit} visit @param {string} hook */
export async function number(visit, hook) {
  return Number.parseFloat((await visit.text(hook)).replace(",", ""));
}
