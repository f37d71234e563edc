// A row of the photographs that the model was trained on, nearest to codes, behind a fold: nothing is fetched before it opens.
import { one, sentence } from "../dom.js";
import { paint } from "../tiles.js";

export class NearestRow {
  #page;
  #fold;
  #list;
  #note;
  #each;
  /** @type {Float32Array[]} what is to be shown */ #codes = [];
  #working = false;
  #again = false;

  /**
   * @param {import("../page.js").Page} page
   * @param {string} name of the fold, by which its parts are found
   * @param {number} each photographs for each code
   */
  constructor(page, name, each) {
    this.#page = page;
    this.#each = each;
    this.#fold = one(`[data-testid=${name}]`, HTMLDetailsElement);
    this.#list = one(`[data-testid=${name}] ul`, HTMLElement);
    this.#note = one(`[data-testid=${name}] .note`, HTMLElement);
    this.#fold.addEventListener("toggle", () => void this.#refresh());
  }

  /** Another model is here. @param {boolean} offered whether it has photographs */
  offer(offered) {
    this.#fold.hidden = !offered;
    this.#list.replaceChildren();
    this.#codes = [];
  }

  /** The photographs are here. */
  came() {
    void this.#refresh();
  }

  /** What is shown now: the newest counts, and while the row is folded away none. @param {Float32Array[]} codes */
  show(codes) {
    this.#codes = codes;
    void this.#refresh();
  }

  async #refresh() {
    this.#again = true;
    if (this.#working || !this.#fold.open || this.#fold.hidden) return;
    this.#working = true;
    while (this.#again) {
      this.#again = false;
      await this.#find(this.#codes);
    }
    this.#working = false;
  }

  /** @param {Float32Array[]} codes */
  async #find(codes) {
    const engine = this.#page.engine;
    if (!engine || codes.length === 0) return;
    try {
      const here = await engine.bring("neighbours");
      this.#note.hidden = here;
      if (!here) return void (this.#note.textContent = "The photographs did not come: open this once more to try again.");
      const found = await Promise.all(codes.map((code) => engine.ask("nearest", code, this.#each)));
      if (codes === this.#codes) this.#draw(found);
    } catch (error) {
      this.#note.hidden = false;
      this.#note.textContent = sentence(error);
    }
  }

  /** Only what has changed is painted: a walk asks again and again. @param {import("../../wasm/viewer.js").Nearest[]} found for each code */
  #draw(found) {
    const photographs = found.flatMap(({ images, numbers }) => images.map((image, at) => ({ image, number: numbers[at] ?? 0 })));
    while (this.#list.children.length < photographs.length) this.#list.append(place());
    while (this.#list.children.length > photographs.length) this.#list.lastElementChild?.remove();
    for (const [at, item] of [...this.#list.children].entries()) {
      const [photograph, canvas] = [photographs[at], item.querySelector("canvas")];
      if (!photograph || !canvas || canvas.dataset.number === String(photograph.number)) continue;
      canvas.dataset.number = String(photograph.number);
      paint(canvas, photograph.image, `Training photograph ${photograph.number + 1}`);
    }
    // Tests wait for it.
    this.#list.dataset.shown = String(Number(this.#list.dataset.shown ?? 0) + 1);
  }
}

function place() {
  const [item, canvas] = [document.createElement("li"), document.createElement("canvas")];
  canvas.width = canvas.height = 64;
  canvas.setAttribute("role", "img");
  item.append(canvas);
  return item;
}
