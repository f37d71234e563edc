// The slider of a direction.

/** Standard deviations to either side. Beyond, codes are so unlike any photo's that pictures fall apart. */
export const REACH = 3;

/** @param {string} id @param {string} name whose hook it becomes @returns {HTMLInputElement} */
export function slider(id, name) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: String(-REACH), max: String(REACH), step: "0.1", value: "0", defaultValue: "0" });
  input.id = id;
  input.dataset.testid = name.replace(/\W+/g, "-");
  return input;
}

/** Has a slider say where it stands. @param {HTMLInputElement} slider */
export function tell(slider) {
  const deviations = Number(slider.value);
  const text = deviations === 0 ? "as it is" : `${Math.abs(deviations)} ${deviations < 0 ? "less" : "more"}`;
  slider.setAttribute("aria-valuetext", text);
}

/** A slider below its name, above what its two ends are. @param {string} name @param {HTMLInputElement} slider @param {[string, string]} ends @returns {HTMLElement} */
export function dial(name, slider, ends) {
  const label = document.createElement("label");
  label.htmlFor = slider.id;
  label.textContent = name;
  const place = document.createElement("div");
  place.className = "dial";
  place.append(label, slider, ...ends.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  return place;
}
