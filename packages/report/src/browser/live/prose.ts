import { printable } from '@verger/core';
import { element } from '../elements.ts';

/** Text with the words between backquotes as code. What is in it stays text. */
export function prose(text: string): Node[] {
  return printable(text)
    .split('`')
    .map((part, at) => (at % 2 === 1 ? element('code', { text: part }) : document.createTextNode(part)));
}

/** Replaces what is in a place, unless it says the same already: a screen reader hears only what is new. */
export function replaceIfNew(
  place: HTMLElement,
  key: string,
  make: () => readonly (Node | string)[],
): boolean {
  if (place.dataset['key'] === key) return false;
  place.dataset['key'] = key;
  place.replaceChildren(...make());
  return true;
}

/** Sets a text if it is another one. */
export function setText(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}
