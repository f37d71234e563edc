/**
 * The page's own element. A missing one is a mistake in index.html, so it throws.
 * @template {Element} T
 * @param {string} selector
 * @param {{ new (): T }} type
 * @returns {T}
 */
export function one(selector, type) {
  const element = document.querySelector(selector);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} at ${selector}`);
  return element;
}
