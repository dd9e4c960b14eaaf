/** How the report writes labels, paths, distances and pictures. All printable, all escaped by `html`. */
import { counted, formatCount, formatShare, printable } from '@verger/core';
import { NONE_INDEX, type ReportFacts, type ShownImage, TILE_PIXELS } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { labelWords, NONE } from '../html/words.ts';

/** A section of the page. */
export interface Section {
  /** Its anchor. */
  readonly id: string;
  readonly title: string;
  /** In the contents, where the title is long. */
  readonly short?: string;
  readonly body: HtmlPart;
}

/** A label by its place, or a dash. Printable. */
export function labelAt({ labels }: Pick<ReportFacts, 'labels'>, place: number): string {
  const facts = labels[place];
  return facts === undefined ? NONE : labelWords(facts.label);
}

/** A share, or a dash where nothing was counted; small shares do not become zero. */
export function shareWords(part: number, whole: number): string {
  if (whole === 0) return NONE;
  const share = part / whole;
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return share < 1 && share > 0.9995 ? '> 99.9 %' : formatShare(share);
}

/** A distance or a value of a component: three digits that count. */
export function numberWords(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  const digits =
    size >= 1000 ? formatCount(Math.round(size)) : size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return value < 0 ? `−${digits}` : digits;
}

/** A path that is cut after a slash at the end of a line, elsewhere only if it must. */
export function pathHtml(path: string): Html {
  const [first = '', ...rest] = printable(path).split('/');
  return html`<code class="path">${first}${rest.map((name) => html`/<wbr>${name}`)}</code>`;
}

/** The place of a thumbnail, which the script fills; nothing on a page without any picture. */
export function thumbnailHtml(tile: number, path: string, hasPictures: boolean): Html | false {
  if (!hasPictures) return false;
  const what = tile === NONE_INDEX ? `No picture of ${printable(path)}` : printable(path);
  return html`<canvas class="thumb" data-tile="${tile}" width="${TILE_PIXELS}" height="${TILE_PIXELS}" role="img" aria-label="${what}"></canvas>`;
}

/** A row of thumbnails in one canvas. */
export function stripHtml(tiles: readonly number[], label: string): Html | false {
  if (tiles.length === 0) return false;
  const [width, name] = [tiles.length * TILE_PIXELS, `${counted(tiles.length, 'image')} of ${label}`];
  return html`<canvas class="strip" data-tiles="${tiles.join(' ')}" width="${width}" height="${TILE_PIXELS}" role="img" aria-label="${name}"></canvas>`;
}

/** Images side by side, each with its path and what is said of it. */
export function imagesHtml<T extends ShownImage>(
  images: readonly T[],
  hasPictures: boolean,
  saidOf: (image: T) => HtmlPart,
): Html {
  const items = images.map(
    (image) => html`<li>${thumbnailHtml(image.tile, image.path, hasPictures)}
<span class="about"><span>${saidOf(image)}</span>${pathHtml(image.path)}</span></li>\n`,
  );
  return html`<ul class="images">${items}</ul>`;
}

/** A sentence in place of what is not there. */
export function nothingHtml(sentence: string): Html {
  return html`<p class="muted">${sentence}</p>`;
}

/** Rows that are shown at first, and the others behind a summary. */
export function moreHtml(summary: string, body: HtmlPart): Html {
  return html`<details class="more"><summary>${summary}</summary>\n${body}</details>`;
}
