import { formatCount } from '@verger/core';
import { type Html, type HtmlPart, html } from './html.ts';

/** A column of a table: how its cells are set. `name`: the cell that names its row. */
export interface Column {
  readonly head: string;
  readonly kind?: 'name' | 'number' | 'long' | 'nowrap';
}

/** A table; its rows have a cell per column. */
export interface Table {
  /** Unique on the page. */
  readonly id: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly HtmlPart[])[];
  readonly look?: string;
}

/** A table in a box that scrolls sideways, which the keyboard reaches too. */
export function tableHtml({ id, caption, columns, rows, look = '' }: Table): Html {
  const head = columns.map(
    ({ head: text, kind }) => html`<th scope="col" class="${kind === 'number' ? 'number' : ''}">${text}</th>`,
  );
  const cell = (part: HtmlPart, index: number) => {
    const kind = columns[index]?.kind;
    return kind === 'name'
      ? html`<th scope="row">${part}</th>`
      : html`<td class="${kind ?? ''}">${part}</td>`;
  };
  const body = rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`);
  return html`<div class="scroll" id="${id}" tabindex="0" role="region" aria-label="${caption}">
<table class="${look}">
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table>
</div>`;
}

/** A state in its colour. */
export function badgeHtml(tone: string, words: string): Html {
  return html`<span class="badge ${tone}">${words}</span>`;
}

/** A bar, `label` for those who do not see it. Nothing where there is nothing to count. */
export function barHtml(value: number, max: number, label: string): Html | false {
  return (
    max > 0 && html`<progress value="${Math.min(value, max)}" max="${max}" aria-label="${label}"></progress>`
  );
}

/** Names and values in two columns. */
export function pairsHtml(pairs: readonly (readonly [string, HtmlPart])[]): Html {
  return html`<dl class="pairs">${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

/** A notice with its sentences as a list where there are several. */
export function noticeHtml(tone: 'active' | 'warn' | 'bad', sentences: readonly HtmlPart[]): Html | false {
  const [only] = sentences;
  if (only === undefined) return false;
  const body =
    sentences.length === 1
      ? html`<p>${only}</p>`
      : html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
  return html`<div class="notice ${tone}">${body}</div>`;
}

/** One page of a long list. */
export interface ListPage<T> {
  /** Its number, from 1. */
  readonly page: number;
  readonly pages: number;
  readonly shown: readonly T[];
}

/** The page of a list that `?page=` asks for: the first for what is no number, the last beyond the end. */
export function pageOf<T>(rows: readonly T[], query: URLSearchParams, most: number): ListPage<T> {
  const pages = Math.max(1, Math.ceil(rows.length / most));
  const asked = Number(query.get('page') ?? '1');
  const page = Number.isSafeInteger(asked) && asked >= 1 ? Math.min(pages, asked) : 1;
  return { page, pages, shown: rows.slice((page - 1) * most, page * most) };
}

/** Links to the pages of a long list: `page` from 1, `link` makes an address. Nothing for one page. */
export function pagerHtml(
  { page, pages, label }: Pick<ListPage<never>, 'page' | 'pages'> & { readonly label: string },
  link: (page: number) => string,
): Html | false {
  if (pages <= 1) return false;
  const near = [1, page - 2, page - 1, page, page + 1, page + 2, pages];
  const shown = [...new Set(near.filter((one) => one >= 1 && one <= pages))];
  const links = shown.map((one, index) => {
    const gap = one - (shown[index - 1] ?? one) > 1 && html`<span aria-hidden="true">…</span>`;
    const here = one === page && html` aria-current="page"`;
    return html`${gap}<a href="${link(one)}"${here}>${formatCount(one)}</a>\n`;
  });
  return html`<nav class="pager" aria-label="${label}">${links}</nav>`;
}
