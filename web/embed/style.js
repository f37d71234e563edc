// How <style-walk> looks: colours and type are those of the page around it, so that it is light where that is, and dark where that is.
const CSS = `
  :host { display: grid; gap: 1rem; max-inline-size: 34rem; }
  :host([hidden]) { display: none; }
  [part~=drop] { position: relative; display: grid; place-items: center; min-block-size: 5rem; padding: 1rem; border: 2px dashed; border-radius: 0.5rem; text-align: center; cursor: pointer; }
  [part~=dragging] { border-style: solid; }
  [part~=drop]:focus-within { outline: 3px solid; outline-offset: 3px; }
  input { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  [part~=pictures] { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
  [part~=pictures][aria-busy=true] { opacity: 0.5; }
  figure { margin: 0; }
  canvas { display: block; box-sizing: border-box; inline-size: 100%; aspect-ratio: 1; border: 1px solid; image-rendering: pixelated; }
  p { margin: 0; min-block-size: 1lh; }
  [part~=error] { font-weight: bold; }
`;

/** @type {CSSStyleSheet | undefined} one for all elements */
let made;

/** A constructed sheet: a policy that forbids inline styles allows it. */
export function sheet() {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}
