// How new pictures are: beside the reconstruction, the walk and the samples, the photographs trained on that are most like them.
import { NearestRow } from "./row.js";

/** Photographs beside one picture. */
const FEW = 5;

export class NearestPanel {
  #rows;

  /** @param {import("../page.js").Page} page @param {import("../walk/panel.js").WalkPanel} walk @param {import("../samples.js").Samples} samples */
  constructor(page, walk, samples) {
    const [plate, walked, sampled] = [new NearestRow(page, "nearest", FEW), new NearestRow(page, "walk-nearest", FEW), new NearestRow(page, "sample-nearest", 1)];
    this.#rows = [plate, walked, sampled];
    page.plate.onPicture = (code) => plate.show([code]);
    // A first picture is there before this is.
    if (page.plate.now) plate.show([page.plate.now.code]);
    walk.onPicture = (code) => walked.show([code]);
    samples.onPictures = (codes) => sampled.show(codes);
  }

  /** @param {import("../model/model.js").Model} model */
  modelCame(model) {
    for (const row of this.#rows) row.offer(model.parts.neighbours !== undefined);
  }

  /** @param {import("../model/model.js").Part} part */
  async partCame(part) {
    if (part === "neighbours") for (const row of this.#rows) row.came();
  }
}
