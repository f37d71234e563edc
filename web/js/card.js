// What model.json tells a visitor about the model.

/** @param {Uint8Array} json already read and accepted by the program */
export function describeModel(json) {
  const card = JSON.parse(new TextDecoder().decode(json));
  for (const place of document.querySelectorAll("[data-fill=latent-size]")) place.textContent = String(card.networks.latent);
  const place = document.querySelector("#model-facts");
  if (place) place.textContent = sentences(card).join(" ");
}

/** @param {any} card @returns {string[]} */
function sentences({ networks, training, dataset, evaluation }) {
  const count = (/** @type {number} */ number) => number.toLocaleString("en");
  const told = [
    `The model: width ${networks.width}, trained for ${count(training.steps)} steps on ${count(dataset.images)} photographs (${dataset.name}, ${dataset.licence}).`,
  ];
  if (evaluation) told.push(`On ${count(evaluation.images)} photographs it had not seen, ${evaluation.psnr.toFixed(1)}\u00a0dB on average.`);
  return told;
}
