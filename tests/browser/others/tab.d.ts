/** What the paths of a visitor need of a browser, whoever drives it. Selectors are CSS. */
export interface Tab {
  /** Loads an address, and waits until its document has come. */
  goto(address: string): Promise<void>;
  /** Calls a function in the page, which may use nothing but its arguments, and waits for what it promises. */
  evaluate<Arguments extends unknown[], Answer>(act: (...given: Arguments) => Answer, ...given: Arguments): Promise<Awaited<Answer>>;
  /** Clicks the middle of an element, where nothing may lie over it. */
  click(selector: string): Promise<void>;
  /** Presses a key while an element has the focus. */
  press(selector: string, key: Key): Promise<void>;
  /** Draws with the mouse over an element, through places as parts of its width and height. */
  draw(selector: string, places: [number, number][]): Promise<void>;
  /** Chooses files in an input, by their paths. */
  files(selector: string, paths: string[]): Promise<void>;
  /** Ends the browser. */
  close(): Promise<void>;
}

export type Key = "ArrowRight" | "Enter";

/** A browser that may be on this machine. */
export interface Browser {
  name: string;
  /** Why it cannot be driven here, if it cannot. */
  absent: string | false;
  /** Starts it with nothing kept; what it saves goes into the folder. */
  open(folder: string): Promise<Tab>;
}
