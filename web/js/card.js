// The model's card: what a visitor sees of model.json, figures and limits included.
import { percent } from "./tiles.js";

/** @param {any} card model.json, already read and accepted by the program */
export function describeModel(card) {
  for (const place of document.querySelectorAll("[data-fill=latent-size]")) place.textContent = String(card.networks.latent);
  const facts = document.querySelector("[data-testid=model-facts]");
  if (facts) facts.textContent = summary(card);
  const list = document.querySelector("[data-testid=model-card]");
  list?.replaceChildren(...rows(card).flatMap(([term, text]) => [
    Object.assign(document.createElement("dt"), { textContent: term }),
    Object.assign(document.createElement("dd"), { textContent: text }),
  ]));
}

/** @param {any} card @returns {string} */
function summary({ networks, training, dataset, evaluation }) {
  const facts = `The model: width ${networks.width}, trained for ${count(training.steps)} steps on ${count(dataset.images)} photographs (${dataset.name}, ${dataset.licence}).`;
  if (!evaluation) return facts;
  return `${facts} On ${count(evaluation.images)} photographs it had not seen, ${evaluation.psnr.toFixed(1)}\u00a0dB on average.`;
}

/** @param {any} card @returns {[string, string][]} */
function rows({ name, networks, dtype, training, dataset, evaluation, files, cutout }) {
  const size = [...files, ...(cutout ? [cutout.file] : [])].reduce((/** @type {number} */ sum, /** @type {any} */ file) => sum + file.bytes, 0);
  const { side = 64 } = networks;
  /** @type {[string, string][]} */
  const rows = [
    ["Model", `${name}, ${networks.latent} numbers a picture, ${(size / 1e6).toFixed(1)}\u00a0MB as ${dtype}`],
    ["Trained on", `${count(dataset.images)} photographs: ${dataset.name}`],
    ["Their licence", dataset.licence],
    ["Training", `${count(training.steps)} steps of ${training.batch} pictures on ${training.device}`],
  ];
  if (cutout) rows.push(["Sees", `the garment alone: a network cuts it out of the photo and lays it on white${cutout.test ? `; over ${count(cutout.test.images)} photographs its outlines agree to ${percent(cutout.test.median_iou)} (median IoU)` : ""}`]);
  if (evaluation) {
    rows.push(["Likeness", `${evaluation.psnr.toFixed(1)}\u00a0dB PSNR, ${evaluation.ssim.toFixed(2)} SSIM, over ${count(evaluation.images)} photographs it had not seen`]);
    rows.push(["Passes for a photo", `${percent(evaluation.score_reconstruction)} of a reconstruction, ${percent(evaluation.score_sample)} of a sample, ${percent(evaluation.score_real)} of a photo, to the discriminator`]);
  }
  rows.push(["Limits", `It sees and makes ${side} by ${side} pixels. It knows what its photographs showed, and whatever else a photo shows comes out as something it knows: a likeness is no proof of what was there.`]);
  return rows;
}

/** @param {number} number */
function count(number) {
  return number.toLocaleString("en");
}
