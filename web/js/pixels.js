// Whether pictures of 64x64 pixels are enlarged smoothly, or so that their pixels can be counted; remembered until the tab
// closes.
import { hook } from "./dom.js";
import { remember, remembered } from "./keep/choice.js";

const KEY = "stylewalk-pixels";

/** The switch on the page works. */
export function offerPixels() {
  const box = hook("pixels", HTMLInputElement);
  const show = () => document.documentElement.classList.toggle("pixels", box.checked);
  box.checked = remembered(KEY) === "seen";
  box.addEventListener("change", () => {
    remember(KEY, box.checked ? "seen" : "smooth");
    show();
  });
  show();
}
