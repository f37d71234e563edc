// The numbers between the two pictures, as cross-stitches: colour for the sign, size for the amount.

/** Stitches across the ribbon's narrow side: standing between the tiles, and lying under them. */
const ACROSS = { standing: 5, lying: 4 };
/** What an empty ribbon hints at. */
const USUAL_LATENT = 100;
const narrow = matchMedia("(max-width: 47.99rem)");

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {(latent: Float32Array) => void} shows these numbers from now on
 */
export function ribbon(canvas) {
  /** @type {Float32Array} */
  let shown = new Float32Array(USUAL_LATENT);
  const redraw = () => stitch(canvas, shown, narrow.matches);
  // The drawing follows the size it has on the screen, and the colours of the scheme.
  new ResizeObserver(redraw).observe(canvas);
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
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  const across = lying ? ACROSS.lying : ACROSS.standing;
  const along = Math.ceil(latent.length / across);
  const width = canvas.width / (lying ? along : across);
  const height = canvas.height / (lying ? across : along);
  const colours = getComputedStyle(canvas);
  context.lineCap = "round";
  context.lineWidth = Math.max(1, Math.min(width, height) * 0.2);
  latent.forEach((value, index) => {
    const [short, long] = [index % across, Math.floor(index / across)];
    const [x, y] = lying ? [long, short] : [short, long];
    context.strokeStyle = colours.getPropertyValue(value === 0 ? "--seam" : value < 0 ? "--weave-low" : "--weave-high");
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
