// The browser asks before the page is left while there is something to lose. It listens only then: pages that always do are
// not kept for the way back.

/**
 * @returns {(losing: boolean) => void} says whether something would be lost now
 */
export function askBeforeLeaving() {
  /** @param {BeforeUnloadEvent} event */
  const ask = (event) => event.preventDefault();
  return (losing) => {
    if (losing) addEventListener("beforeunload", ask);
    else removeEventListener("beforeunload", ask);
  };
}
