// A hand on a picture: pointer, finger or arrow keys, told in pixels of the picture.

/** What an arrow key does to the place. @type {Record<string, readonly [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{ x: number, y: number }} Place */
/**
 * @typedef {object} Strokes
 * @property {() => void} begin  what follows is one stroke
 * @property {(place: Place, from: Place) => void} go  the hand is there, and was `from`
 * @property {() => boolean} carries  whether the hand carries something: then each arrow key is a stroke, otherwise the space bar
 */

/**
 * Listens on a canvas; `needle` is the element that shows where the hand is.
 * @param {HTMLCanvasElement} canvas as large as the picture
 * @param {HTMLElement} needle
 * @param {Strokes} strokes
 */
export function brush(canvas, needle, { begin, go, carries }) {
  let at = { x: canvas.width / 2, y: canvas.width / 2 };
  let down = false;
  const show = () => {
    needle.style.left = `${100 * at.x / canvas.width}%`;
    needle.style.top = `${100 * at.y / canvas.width}%`;
  };
  /** @param {Place} to */
  const to = ({ x, y }) => {
    const from = at;
    at = { x: Math.min(canvas.width, Math.max(0, x)), y: Math.min(canvas.width, Math.max(0, y)) };
    show();
    return from;
  };
  /** @param {PointerEvent} event */
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: canvas.width * (event.clientX - box.x) / box.width, y: canvas.width * (event.clientY - box.y) / box.height };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    down = true;
    to(place(event));
    begin();
    go(at, at);
  });
  canvas.addEventListener("pointermove", (event) => {
    const from = to(place(event));
    if (down) go(at, from);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { down = false; });
  canvas.addEventListener("keydown", (event) => {
    const [right, below] = ARROWS[event.key] ?? [0, 0];
    const dabs = event.key === " " || event.key === "Enter";
    if (!ARROWS[event.key] && !dabs) return;
    event.preventDefault();
    if (!dabs && carries()) {
      begin();
      go({ x: at.x + right, y: at.y + below }, at);
    } else if (dabs && !carries()) {
      begin();
      go(at, at);
    } else {
      to({ x: at.x + right, y: at.y + below });
    }
  });
  show();
}
