// Plays a route: time gives the frame, and a new one is asked for whenever the last one is drawn. So the frame rate is
// the device's own, the walk is always on time, and the page never waits.

/** @typedef {{ frames: number, closed: boolean }} Route a frame is a sixtieth of a second */

const FRAMES_PER_MS = 60 / 1000;
/** How much of the newest round trip counts in the running mean. */
const FRESH = 0.2;

export class Player {
  #show;
  #onChange;
  /** @type {Route} */ #route = { frames: 0, closed: false };
  #frame = 0;
  #playing = false;
  /** When the walk would have been at frame 0. */ #start = 0;
  /** A picture is under way. */ #busy = false;
  /** From asking for a picture to seeing it, ms: frames are asked for that much ahead. */ #delay = 0;

  /**
   * @param {(frame: number) => Promise<void>} show resolves when it is drawn
   * @param {(frame: number, playing: boolean) => void} onChange
   */
  constructor(show, onChange) {
    this.#show = show;
    this.#onChange = onChange;
  }

  get playing() {
    return this.#playing;
  }

  /** Another route, from its start or from the same part of it. @param {Route} route */
  set(route) {
    const fraction = this.#route.frames > 0 ? this.#frame / this.#route.frames : 0;
    this.#route = route;
    this.seek(Math.floor(fraction * route.frames));
  }

  /** Before the route is here it waits for that: a press of the button must not be lost. */
  play() {
    if (this.#playing) return;
    this.#playing = true;
    // An open walk that has arrived starts again.
    if (!this.#route.closed && this.#frame >= this.#route.frames - 1) this.#frame = 0;
    this.#start = performance.now() - this.#frame / FRAMES_PER_MS;
    this.#onChange(this.#frame, true);
    requestAnimationFrame(() => this.#tick());
  }

  pause() {
    if (!this.#playing) return;
    this.#playing = false;
    this.#onChange(this.#frame, false);
  }

  /** @param {number} frame */
  seek(frame) {
    this.#frame = Math.max(0, Math.min(frame, this.#route.frames - 1));
    this.#start = performance.now() - this.#frame / FRAMES_PER_MS;
    this.#onChange(this.#frame, this.#playing);
    if (!this.#playing) void this.#draw();
  }

  #tick() {
    if (!this.#playing) return;
    if (!this.#busy && this.#route.frames > 1) {
      const due = Math.round((performance.now() + this.#delay - this.#start) * FRAMES_PER_MS);
      const { frames, closed } = this.#route;
      if (!closed && due >= frames - 1) {
        this.#frame = frames - 1;
        this.#playing = false;
      } else {
        this.#frame = due % frames;
      }
      this.#onChange(this.#frame, this.#playing);
      void this.#draw();
    }
    requestAnimationFrame(() => this.#tick());
  }

  /** Draws the present frame; if another one is present by then, that one as well. */
  async #draw() {
    if (this.#busy) return;
    this.#busy = true;
    const [frame, asked] = [this.#frame, performance.now()];
    await this.#show(frame);
    this.#delay += FRESH * (performance.now() - asked - this.#delay);
    this.#busy = false;
    if (!this.#playing && frame !== this.#frame) await this.#draw();
  }
}
