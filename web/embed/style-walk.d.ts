// The types of `import "stylewalk/element"`.
import type { Model, Reconstruction } from "./stylewalk.d.ts";

/**
 * `<style-walk model="weights/" device="auto">`: takes a photo, and shows it beside its reconstruction. After each it sends
 * the event `reconstruction`.
 */
export class StyleWalk extends HTMLElement {
  /** The model that it has loaded, or loads now; rejected where that fails. */
  readonly loaded: Promise<Model>;
  /** Shows a photo as if it had been dropped. */
  show(photo: File): Promise<void>;
}

declare global {
  interface HTMLElementTagNameMap {
    "style-walk": StyleWalk;
  }
  interface HTMLElementEventMap {
    reconstruction: CustomEvent<Reconstruction>;
  }
}
