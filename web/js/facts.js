// What model.json tells a visitor about the model.

/** @param {Uint8Array} json already read and accepted by the program */
export function describeModel(json) {
  const card = JSON.parse(new TextDecoder().decode(json));
  const latent = card.network?.latent;
  if (Number.isInteger(latent)) {
    for (const place of document.querySelectorAll("[data-fill=latent-size]")) place.textContent = String(latent);
  }
  const place = document.querySelector("#model-facts");
  if (place) place.textContent = facts(card).join(" ");
}

/** Only what the card holds; a part that is missing is left out. @param {any} card @returns {string[]} */
function facts(card) {
  const told = [];
  const steps = card.training?.step;
  const data = card.dataset?.name;
  if (Number.isInteger(steps) && typeof data === "string") told.push(`The model was trained for ${steps.toLocaleString("en")} steps on ${data}.`);
  return told;
}
