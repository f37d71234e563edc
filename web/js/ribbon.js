// The numbers between the two pictures, as cross-stitches: colour for the sign, size for the amount.

/** Stitches across the ribbon's narrow side: standing between the tiles, and lying under them. */
const ACROSS = { standing: 5, lying: 4 };
/** What an empty ribbon hints at. */
const USUAL_LATENT = 100;
const narrow = matchMedia("(max-width: 47.99rem)");

/**
 * @param {HTMLCanvasElement} canvas
 * @param {() => boolean} [lies] whether it lies under its picture; as the plate's does on a narrow screen
 * @returns {(latent: Float32Array) => void} shows these numbers from now on
 */
export function ribbon(canvas, lies = () => narrow.matches) {
  /** @type {Float32Array} */
  let shown = new Float32Array(USUAL_LATENT);
  const redraw = () => stitch(canvas, shown, lies());
  // The drawing follows the size it has on the screen, and the colours of the scheme.
  new ResizeObserver(redraw).observe(canvas);
  canvas.addEventListener("contextrestored", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  return (latent) => {
    shown = latent;
    redraw();
  };
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} latent @param {boolean} lying */
function stitch(canvas, latent, lying) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const [wide, tall] = [canvas.clientWidth, canvas.clientHeight].map((length) => Math.round(length * devicePixelRatio));
  // A hidden ribbon has no size; setting one anew costs more than wiping.
  if (!wide || !tall) return;
  if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
  else context.clearRect(0, 0, wide, tall);
  const across = lying ? ACROSS.lying : ACROSS.standing;
  const along = Math.ceil(latent.length / across);
  const width = canvas.width / (lying ? along : across);
  const height = canvas.height / (lying ? across : along);
  const style = getComputedStyle(canvas);
  const [none, low, high] = ["--seam", "--weave-low", "--weave-high"].map((name) => style.getPropertyValue(name));
  context.lineCap = "round";
  context.lineWidth = Math.max(1, Math.min(width, height) * 0.2);
  latent.forEach((value, index) => {
    const [short, long] = [index % across, Math.floor(index / across)];
    const [x, y] = lying ? [long, short] : [short, long];
    context.strokeStyle = (value === 0 ? none : value < 0 ? low : high) ?? "";
    cross(context, (x + 0.5) * width, (y + 0.5) * height, reach(value) * Math.min(width, height));
  });
}

/** Half a stitch's size as a part of its cell: 0.05 for nothing, 0.36 for 1 and beyond. @param {number} value */
function reach(value) {
  return 0.05 + 0.31 * Math.min(1, Math.abs(value));
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} half */
function cross(context, x, y, half) {
  context.beginPath();
  context.moveTo(x - half, y - half);
  context.lineTo(x + half, y + half);
  context.moveTo(x + half, y - half);
  context.lineTo(x - half, y + half);
  context.stroke();
}
