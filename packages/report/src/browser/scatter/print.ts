/** The scatter on paper: its labels in columns. */
import { counted } from '@verger/core';
import { element } from '../elements.ts';
import { looksIn, type Scene } from './scene.ts';
import { swatch } from './swatch.ts';

/** Labels on paper, at most. */
const MOST_PRINTED = 200;

/** Calls back before and after printing; gives what ends that. */
export function onPrint(changed: (isPrint: boolean) => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  window.addEventListener('beforeprint', () => changed(true), { signal });
  window.addEventListener('afterprint', () => changed(false), { signal });
  matchMedia('print').addEventListener('change', ({ matches }) => changed(matches), { signal });
  return () => ending.abort();
}

/** Fills a list with the labels that are shown. */
export function fillPrinted(list: HTMLElement, scene: Scene): void {
  const { names } = scene.model;
  const groups = names.map((_, group) => group).filter((group) => scene.shown[group] === 1);
  const looks = looksIn(scene, 'light');
  const items = groups
    .slice(0, MOST_PRINTED)
    .map((group) => element('li', {}, [swatch(looks[group]), ` ${names[group] ?? ''}`]));
  const more = groups.length - items.length;
  if (more > 0) items.push(element('li', { text: `and ${counted(more, 'more label')}` }));
  list.replaceChildren(...items);
}
