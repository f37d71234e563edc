// Losses over steps as running stitches, and beside them in words and numbers.
import { one } from "../dom.js";

/** @typedef {import("../protocol.js").LossName} LossName */
/** @typedef {{ name: LossName, label: string, colour: string, dash: number[] }} Curve */

/** A report's losses, in its order. @type {LossName[]} */
const ORDER = ["discriminator", "adversarial", "adversarialLatent", "autoencoder", "features", "total"];
/** Told apart by stitch as well as by colour. @type {Record<"game" | "distance", Curve[]>} */
const CHARTS = {
  game: [
    { name: "discriminator", label: "D", colour: "--ink", dash: [] },
    { name: "adversarial", label: "G and E against D", colour: "--thread", dash: [7, 4] },
  ],
  distance: [
    { name: "adversarialLatent", label: "L_AD, numbers", colour: "--weave-low", dash: [2, 4] },
    { name: "autoencoder", label: "L_AE, pixels", colour: "--thread", dash: [] },
    { name: "features", label: "L_H, content", colour: "--ink", dash: [9, 5] },
  ],
};
const HEIGHT = 150;

export class Curves {
  /** @type {number[][]} a row for each name in ORDER */ #values = ORDER.map(() => []);
  #charts = Object.entries(CHARTS).map(([name, curves]) => ({ canvas: one(`#curves-${name}`, HTMLCanvasElement), curves }));
  #drawing = 0;

  constructor() {
    const redraw = () => this.#redraw();
    for (const { canvas } of this.#charts) {
      new ResizeObserver(redraw).observe(canvas);
      canvas.addEventListener("contextrestored", redraw);
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  }

  /** Steps that are shown. */
  get steps() {
    return this.#values[0]?.length ?? 0;
  }

  /** @param {Float32Array} losses six a step */
  add(losses) {
    losses.forEach((loss, index) => this.#values[index % ORDER.length]?.push(loss));
    this.#redraw();
  }

  /** Only the first `steps` steps stay. @param {number} steps */
  keep(steps) {
    for (const values of this.#values) values.length = Math.min(values.length, steps);
    this.#redraw();
  }

  /** The mean of the last `many` steps. @param {LossName} name @param {number} many */
  recent(name, many) {
    const last = this.#values[ORDER.indexOf(name)]?.slice(-many) ?? [];
    return last.reduce((sum, value) => sum + value, 0) / last.length;
  }

  // Reports may come faster than frames.
  #redraw() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      for (const { canvas, curves } of this.#charts) this.#draw(canvas, curves);
    });
  }

  /** @param {HTMLCanvasElement} canvas @param {Curve[]} curves */
  #draw(canvas, curves) {
    const pen = canvas.getContext("2d");
    const width = canvas.clientWidth;
    if (!pen || width === 0) return;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(HEIGHT * devicePixelRatio);
    pen.scale(devicePixelRatio, devicePixelRatio);
    const shown = curves.map((curve) => ({ ...curve, points: means(this.#values[ORDER.indexOf(curve.name)] ?? [], width / 2) }));
    const top = niceTop(Math.max(...shown.flatMap(({ points }) => points.filter(Number.isFinite))));
    const colours = getComputedStyle(canvas);
    frame(pen, width, top, this.steps, colours);
    for (const { points, colour, dash } of shown) {
      if (points.every((value) => value === 0)) continue;
      pen.strokeStyle = colours.getPropertyValue(colour);
      pen.lineWidth = 2;
      pen.setLineDash(dash);
      pen.beginPath();
      const across = (width - 1) / Math.max(1, points.length - 1);
      points.forEach((value, index) => pen.lineTo(index * across, HEIGHT - 18 - (value / top) * (HEIGHT - 26)));
      pen.stroke();
    }
    canvas.setAttribute("aria-label", `${this.steps} steps. ${curves.map(({ name, label }) => `${label}: ${number(this.recent(name, 10))}`).join("; ")}.`);
  }
}

/** The scale: zero below, the top's number above, steps at the right. @param {CanvasRenderingContext2D} pen @param {number} width @param {number} top @param {number} steps @param {CSSStyleDeclaration} colours */
function frame(pen, width, top, steps, colours) {
  pen.fillStyle = colours.getPropertyValue("--ink-soft");
  pen.strokeStyle = colours.getPropertyValue("--seam");
  pen.font = `12px ${colours.fontFamily}`;
  pen.beginPath();
  for (const y of [8.5, (HEIGHT - 10) / 2 + 0.5, HEIGHT - 17.5]) {
    pen.moveTo(0, y);
    pen.lineTo(width, y);
  }
  pen.stroke();
  pen.textBaseline = "top";
  pen.fillText(number(top), 2, 11);
  pen.fillText("step 0", 2, HEIGHT - 14);
  pen.textAlign = "right";
  if (steps > 0) pen.fillText(`step ${steps.toLocaleString("en")}`, width - 2, HEIGHT - 14);
}

/** At most `most` values, each the mean of those it stands for. @param {number[]} values @param {number} most */
function means(values, most) {
  const each = Math.max(1, Math.ceil(values.length / most));
  const points = [];
  for (let at = 0; at < values.length; at += each) {
    const some = values.slice(at, at + each);
    points.push(some.reduce((sum, value) => sum + value, 0) / some.length);
  }
  return points;
}

/** The next of 1, 2, 5, 10, ... above. @param {number} value */
function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10);
}

/** @param {number} value */
export function number(value) {
  return Number.isFinite(value) ? value.toLocaleString("en", { maximumSignificantDigits: 3 }) : "\u2013";
}
