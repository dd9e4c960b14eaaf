import { formatCount, printable } from '@verger/core';
import type { Stalled } from '../data/live-data.ts';
import { type Html, html } from './html.ts';

/** What stands where there is no value. */
export const NONE = '–';

/** A count, or a dash. */
export function countOr(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : formatCount(value);
}

/** How long ago something was, for a person: `12 s ago`, `5 min ago`, `3 h ago`, `2 days ago`. */
export function ago(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 1.5) return 'just now';
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** A time of a record to the minute; what is no time is shown as it is. Printable. */
export function timeWords(at: string | number, zone = ' UTC'): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  if (!(Math.abs(ms) < 8.64e15)) return printable(String(at));
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}${zone}`;
}

/** The same as an element, or a dash; its zone is left out where that stands elsewhere. */
export function timeHtml(at: string | number | undefined, zone = ' UTC'): Html {
  if (at === undefined) return html`${NONE}`;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const words = timeWords(at, zone);
  if (!(Math.abs(ms) < 8.64e15)) return html`${words}`;
  return html`<time datetime="${new Date(ms).toISOString()}">${words}</time>`;
}

/** A rate of images, or a dash. */
export function rateWords(perSecond: number | null): string {
  if (perSecond === null) return NONE;
  return `${perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))}/s`;
}

/** Why a run does not go on, where its time left would stand. */
export const STALLED_WORDS: Readonly<Record<Stalled, string>> = {
  redis: 'waits for Redis',
  nobody: 'nobody works on it',
  blocked: 'no worker can work on it',
  'no image': 'no image done lately',
};

/** Text with the words between backquotes as code. */
export function proseHtml(text: string): Html[] {
  const parts = printable(text).split('`');
  return parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

/** What stands for the label of images without one. */
export const NO_LABEL = '(no label)';

/** A label as it is shown. Printable. */
export function labelWords(label: string): string {
  return label === '' ? NO_LABEL : printable(label);
}
