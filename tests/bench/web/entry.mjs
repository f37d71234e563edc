// One contestant on one workload: checked once, then timed. The first failure ends its part in it, not the others'.
import { Tab } from "./tab.mjs";

/** @typedef {import("./contestants.mjs").Contestant} Contestant */
/** @typedef {import("./contestants.mjs").Workload} Workload */
/** @typedef {{ browser: import("./tab.mjs").Browser, address: string }} Place */

export class Entry {
  /** @type {number[]} */ milliseconds = [];
  /** @type {number[] | undefined} what the check found */ values;
  /** @type {number | undefined} the farthest that these are from the reference's */ difference;
  /** @type {string | undefined} why it is out */ error;

  /** @param {Contestant} contestant @param {Workload} workload */
  constructor(contestant, workload) {
    this.contestant = contestant;
    this.workload = workload;
  }

  /** Does something, unless an earlier thing failed. @param {string} what @param {() => Promise<string>} act says how it went */
  async attempt(what, act) {
    if (this.error !== undefined) return;
    const who = `${this.workload.name}, ${this.contestant.name}: ${what}`;
    try {
      console.error(`${who} ${await act()}`);
    } catch (error) {
      this.error = String(error instanceof Error ? error.message : error).split("\n")[0] ?? "";
      console.error(`${who} failed: ${this.error}`);
    }
  }

  /** The first request, which also compiles and allocates. @param {Tab | undefined} tab */
  check(tab) {
    return this.attempt("checked", async () => {
      if (!tab) throw new Error("its tab did not open");
      const start = performance.now();
      await tab.ready();
      this.values = await tab.values(this.workload);
      // A second step's losses depend on everything that the first one changed.
      if (this.workload.kind === "step") this.values.push(...await tab.values(this.workload));
      return `after ${Math.round(performance.now() - start)} ms`;
    });
  }

  /** @param {number[] | undefined} reference */
  compare(reference) {
    return this.attempt("agrees", async () => {
      this.difference = farthest(this.values ?? [], reference ?? []);
      if (!(this.difference <= this.workload.tolerance)) throw new Error(`its results are wrong by ${this.difference.toPrecision(2)}`);
      return `within ${this.difference.toPrecision(2)}`;
    });
  }

  /** @param {Tab | undefined} tab */
  time(tab) {
    return this.attempt("took", async () => this.#took(await tab?.time(this.workload) ?? NaN));
  }

  /** In a fresh tab. @param {Place} place @param {(tab: Tab) => void} seen */
  cold({ browser, address }, seen) {
    return this.attempt("took", async () => {
      const tab = await Tab.open(browser, address, this.contestant, "cold");
      try {
        const took = this.#took(await tab.cold());
        seen(tab);
        return took;
      } finally {
        await tab.close();
      }
    });
  }

  /** @param {number} milliseconds */
  #took(milliseconds) {
    this.milliseconds.push(milliseconds);
    return `${Math.round(milliseconds)} ms`;
  }

  /** As the results list it. */
  get measurement() {
    const { contestant, workload, milliseconds, difference, error } = this;
    const losses = workload.kind === "step" ? this.values : undefined;
    return { workload: workload.name, contestant: contestant.name, milliseconds, difference, losses, error };
  }
}

/** The largest difference between two lists; infinite where one is longer. @param {number[]} a @param {number[]} b */
function farthest(a, b) {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, index) => {
    const distance = Math.abs(value - (b[index] ?? NaN));
    return distance <= most ? most : distance;
  }, 0);
}
