// Losses over steps as running stitches, and beside them in words and numbers.
import { one } from "../dom.js";

/** @typedef {{ key: string, label: string, about: string, colour: string, dash: number[], row: HTMLElement }} Curve */

/** Curves are told apart by stitch as well as by colour; `mark` is the same for the key below the chart. */
const STITCHES = [
  { colour: "--ink", dash: [], mark: "" },
  { colour: "--thread", dash: [7, 4], mark: "red dashed" },
  { colour: "--weave-low", dash: [2, 4], mark: "blue dotted" },
  { colour: "--thread", dash: [], mark: "red" },
  { colour: "--ink", dash: [9, 5], mark: "dashed" },
  { colour: "--weave-low", dash: [], mark: "blue" },
];
const HEIGHT = 150;
/** Steps whose mean stands beside a curve. */
const RECENT = 20;

export class Curves {
  /** A report's columns. @type {string[]} */ #columns = [];
  /** @type {number[][]} a row for each column */ #values = [];
  /** @type {{ canvas: HTMLCanvasElement, curves: Curve[] }[]} */ #charts = ["game", "distance"].map((name) => ({ canvas: one(`#curves-${name}`, HTMLCanvasElement), curves: [] }));
  #drawing = 0;

  /** What reports will have. @param {import("../../wasm/workshop.js").TrainingChoices} choices */
  offer({ losses, terms }) {
    if (this.#columns.length > 0) return;
    this.#columns = losses;
    this.#values = losses.map(() => []);
    const curves = terms.map(({ key, symbol, about }) => ({ key, label: symbol, about }));
    const [gan, ...distances] = [...curves].sort((a, b) => Number(b.key === "adversarial") - Number(a.key === "adversarial"));
    const game = [{ key: "discriminator", label: "D", about: "What D minimises" }, ...(gan ? [gan] : [])];
    this.#chart(0, game, 0);
    this.#chart(1, distances, game.length);
  }

  /** @param {number} index @param {{ key: string, label: string, about: string }[]} curves @param {number} stitch of the first */
  #chart(index, curves, stitch) {
    const chart = this.#charts[index];
    const key = one(index === 0 ? "#key-game" : "#key-distance", HTMLElement);
    if (!chart) return;
    chart.curves = curves.map((curve, nth) => {
      const { colour, dash, mark } = STITCHES[(stitch + nth) % STITCHES.length] ?? { colour: "--ink", dash: [], mark: "" };
      const [row, name, value] = [document.createElement("div"), document.createElement("dt"), document.createElement("dd")];
      name.className = mark;
      name.textContent = curve.label;
      row.title = curve.about;
      value.dataset.testid = `loss-${curve.key}`;
      row.append(name, value);
      key.append(row);
      return { ...curve, colour, dash, row };
    });
  }

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

  /** @param {Float32Array} losses as reports have them */
  add(losses) {
    losses.forEach((loss, index) => this.#values[index % this.#columns.length]?.push(loss));
    for (const { key, row } of this.#charts.flatMap(({ curves }) => curves)) {
      // A term without weight is zero throughout.
      row.hidden = !this.#of(key).some((loss) => loss !== 0);
      const value = row.querySelector("dd");
      if (value) value.textContent = number(this.recent(key, RECENT));
    }
    this.#redraw();
  }

  /** @param {string} key */
  #of(key) {
    return this.#values[this.#columns.indexOf(key)] ?? [];
  }

  /** Only the first `steps` steps stay. @param {number} steps */
  keep(steps) {
    for (const values of this.#values) values.length = Math.min(values.length, steps);
    this.#redraw();
  }

  /** The mean of the last `many` steps. @param {string} key @param {number} many */
  recent(key, many) {
    const last = this.#of(key).slice(-many);
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
    const shown = curves.filter(({ row }) => !row.hidden).map((curve) => ({ ...curve, points: means(this.#of(curve.key), width / 2) }));
    const top = niceTop(Math.max(...shown.flatMap(({ points }) => points.filter(Number.isFinite))));
    const colours = getComputedStyle(canvas);
    frame(pen, width, top, this.steps, colours);
    for (const { points, colour, dash } of shown) {
      pen.strokeStyle = colours.getPropertyValue(colour);
      pen.lineWidth = 2;
      pen.setLineDash(dash);
      pen.beginPath();
      const across = (width - 1) / Math.max(1, points.length - 1);
      points.forEach((value, index) => pen.lineTo(index * across, HEIGHT - 18 - (value / top) * (HEIGHT - 26)));
      pen.stroke();
    }
    canvas.setAttribute("aria-label", `${this.steps} steps. ${shown.map(({ key, label }) => `${label}: ${number(this.recent(key, 10))}`).join("; ")}.`);
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
