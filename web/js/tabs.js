// Panels behind tabs, as the ARIA practices have them: arrow keys go from tab to tab. A panel hears when it is shown and
// when it is left.

export class Tabs {
  #list;
  #panels;

  /** @param {HTMLElement} list its buttons name their panels in `aria-controls` @param {import("./page.js").Panel[]} panels */
  constructor(list, panels) {
    this.#list = list;
    this.#panels = panels;
    list.addEventListener("click", (event) => {
      const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
      if (tab) this.show(tab.getAttribute("aria-controls") ?? "");
    });
    list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {string} id of the panel's element */
  show(id) {
    for (const tab of this.#tabs()) {
      const controls = tab.getAttribute("aria-controls") ?? "";
      const [was, is] = [tab.getAttribute("aria-selected") === "true", controls === id];
      tab.setAttribute("aria-selected", String(is));
      tab.tabIndex = is ? 0 : -1;
      const element = document.getElementById(controls);
      if (element) element.hidden = !is;
      const panel = this.#panels.find(({ tab }) => tab === controls);
      if (was && !is) panel?.left?.();
      if (!was && is) panel?.shown?.();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const tabs = this.#tabs();
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = tabs[(to + tabs.length) % tabs.length];
    tab?.focus();
    this.show(tab?.getAttribute("aria-controls") ?? "");
  }

  /** @returns {HTMLElement[]} */
  #tabs() {
    return [...this.#list.querySelectorAll("[role=tab]")].filter((tab) => tab instanceof HTMLElement);
  }
}
