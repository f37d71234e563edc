// The row of pins. A pin's picture chooses it; its cross takes it away; arrow keys on it change its place in the walk.
import { button, canvas } from "../dom.js";

/**
 * @param {HTMLElement} list
 * @param {import("./pins.js").Pins} pins
 */
export function showTray(list, pins) {
  /** A pin's picture never changes. @type {Map<number, HTMLElement>} */
  let items = new Map();
  const redraw = () => {
    const focused = focusedPin(list);
    items = new Map(pins.all.map((pin) => [pin.id, items.get(pin.id) ?? item(pins, pin)]));
    list.replaceChildren(...items.values());
    pins.all.forEach(({ id, name }, index) => items.get(id)?.querySelector(".pin")?.setAttribute("aria-label", `${name}, pin ${index + 1} of ${pins.all.length}`));
    mark();
    if (focused !== undefined) refocus(list, focused);
  };
  const mark = () => {
    for (const one of list.querySelectorAll(".pin")) {
      const chosen = /** @type {HTMLElement} */ (one).dataset.pin === String(pins.chosen?.id);
      one.setAttribute("aria-pressed", String(chosen));
    }
  };
  pins.addEventListener("change", redraw);
  pins.addEventListener("choose", mark);
}

/** @param {import("./pins.js").Pins} pins @param {import("./pins.js").Pin} pin */
function item(pins, pin) {
  const choose = button("pin", pin.name, () => pins.choose(pin.id));
  choose.dataset.pin = String(pin.id);
  choose.title = pin.name;
  choose.append(canvas(pin.thumbnail));
  choose.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    pins.move(pin.id, by);
  });
  const remove = button("unpin", `Take away ${pin.name}`, () => pins.remove(pin.id));
  remove.textContent = "\u00d7";
  const place = document.createElement("li");
  place.append(choose, remove);
  return place;
}

/** @param {HTMLElement} list @returns {number | undefined} the place of the pin that has the focus, by the pin or by its cross */
function focusedPin(list) {
  const place = [...list.children].findIndex((one) => one.contains(document.activeElement));
  const focused = list.children[place]?.querySelector(".pin");
  return focused instanceof HTMLElement ? Number(focused.dataset.pin) : undefined;
}

/** The pin that had the focus keeps it; when it is gone, the last one gets it. @param {HTMLElement} list @param {number} id */
function refocus(list, id) {
  const same = list.querySelector(`[data-pin="${id}"]`) ?? list.lastElementChild?.querySelector(".pin");
  if (same instanceof HTMLElement) same.focus();
}
