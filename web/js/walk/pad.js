// The four-corner pad: the nearer the handle is to a corner, the more the picture takes from that corner's pin.

/** One press of an arrow key, and one with Shift. */
const STEP = { plain: 0.05, shift: 0.2 };

export class Pad {
  #element;
  #onMove;
  across = 0.5;
  down = 0.5;

  /** @param {HTMLElement} element lies over the picture @param {() => void} onMove */
  constructor(element, onMove) {
    this.#element = element;
    this.#onMove = onMove;
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      this.#follow(event);
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) this.#follow(event);
    });
    element.addEventListener("keydown", (event) => this.#key(event));
    this.#showHandle();
  }

  /** @param {number} across @param {number} down both 0 to 1 */
  move(across, down) {
    this.across = Math.min(1, Math.max(0, across));
    this.down = Math.min(1, Math.max(0, down));
    this.#showHandle();
    this.#onMove();
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    const box = this.#element.getBoundingClientRect();
    this.move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!across && !down) return;
    event.preventDefault();
    const step = event.shiftKey ? STEP.shift : STEP.plain;
    this.move(this.across + step * (across ?? 0), this.down + step * (down ?? 0));
  }

  #showHandle() {
    const [across, down] = [Math.round(100 * this.across), Math.round(100 * this.down)];
    this.#element.setAttribute("aria-valuenow", String(across));
    this.#element.setAttribute("aria-valuetext", `${across}% across, ${down}% down`);
    const handle = this.#element.querySelector("circle");
    handle?.setAttribute("cx", `${across}%`);
    handle?.setAttribute("cy", `${down}%`);
  }
}
