/** Elements of a page, made without markup: every text is text. */

/** What an element has: attributes as they stand in HTML; `class` and `text` too. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes and children. `text` is its text; true sets an empty attribute, false none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  children: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key === 'text') made.textContent = String(value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/** A colour of the style by the name of its custom property, as it is now: `colour('--text')`. */
export function colour(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

const COLOURS = 'verger:colours';

/** Calls back when the colours of the page change, light or dark, screen or paper; gives what ends that. */
export function onColourScheme(changed: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  query.addEventListener('change', changed);
  addEventListener(COLOURS, changed);
  return () => {
    query.removeEventListener('change', changed);
    removeEventListener(COLOURS, changed);
  };
}

/** Tells all charts that the colours changed; they are drawn when it returns. */
export function coloursChanged(): void {
  dispatchEvent(new Event(COLOURS));
}
