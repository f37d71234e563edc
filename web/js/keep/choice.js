// Choices that are remembered until the tab closes.

/** @param {string} key @returns {string | null} */
export function remembered(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null; // the visitor forbids keeping
  }
}

/** @param {string} key @param {string} choice */
export function remember(key, choice) {
  try {
    sessionStorage.setItem(key, choice);
  } catch {
    // It then counts until the page is loaded again.
  }
}
