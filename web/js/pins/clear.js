// Taking all pins away, and having them back until something else changes.
import { hook } from "../dom.js";

/** @param {import("./pins.js").Pins} pins */
export function offerClear(pins) {
  const button = hook("pins-clear", HTMLButtonElement);
  const show = () => {
    button.hidden = pins.all.length === 0 && !pins.canBringBack;
    button.textContent = pins.canBringBack ? "Bring them back" : "Take all away";
  };
  button.addEventListener("click", () => {
    if (pins.canBringBack) pins.bringBack();
    else pins.replace([]);
    // The events of `bringBack` came before there was nothing to bring back.
    show();
  });
  pins.addEventListener("change", show);
  show();
}
