import { asVergerError, formatBytes, formatCount, printable, within } from '@verger/core';
import { type Html, type HtmlPart, html, proseHtml, tableHtml } from '@verger/report';
import type { CachedRun, RunFacts } from '@verger/run-index';
import { errorHtml, nextOf, reasonOf } from './error-words.ts';
import type { QuarantineHits, QuarantineSearches } from './quarantine-file.ts';
import { quarantineShare } from './run-sections.ts';

const MOST_WORDS = 200;
/** A search that takes longer is shown by a later load of the page. */
const WAIT_MS = 200;

/** What is searched, and where. */
export interface QuarantineContext {
  readonly query: URLSearchParams;
  readonly place: string | undefined;
  readonly searches: QuarantineSearches;
  /** Where an image of the run is shown. */
  readonly imageAddress: (path: string) => string;
}

/** Images in quarantine: by code, and of a finished run the first 100 that match. Never throws. */
export async function quarantineHtml(
  run: CachedRun,
  facts: RunFacts,
  context: QuarantineContext,
): Promise<Html> {
  const title = html`<h2 id="quarantine-title">Quarantine</h2>`;
  if (facts.quarantined === 0) {
    const so = facts.state === 'done' ? 'every listed image has features' : 'every image so far has features';
    return html`${title}<p class="muted">Empty: ${so}.</p>`;
  }
  const images =
    run.records.success === undefined
      ? html`<p class="muted">The images are listed here once the run is finished.</p>`
      : await imagesHtml(run, context);
  return html`${title}
<p>${formatCount(facts.quarantined)} of ${formatCount(facts.listed)} images (${quarantineShare(facts)}).</p>
${codesHtml(run)}
${images}`;
}

function codesHtml({ records }: CachedRun): Html {
  const counts: readonly (readonly [string, number, Readonly<Record<string, number>>])[] =
    records.report?.quarantine.map(({ code, count, storeCodes }) => [code, count, storeCodes] as const) ??
    [...(records.table?.codes() ?? [])].map(([code, count]) => [code, count, {}] as const);
  const rows = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count, storeCodes]): HtmlPart[] => {
      const said = Object.entries(storeCodes).map(([word, times]) => `${word} × ${formatCount(times)}`);
      const store =
        said.length > 0 && html`<br><span class="muted">The store said ${said.join(', ')}.</span>`;
      return [
        html`<code class="nowrap">${code}</code>`,
        formatCount(count),
        html`${reasonOf(code)}${store}`,
        proseHtml(nextOf(code) ?? ''),
      ];
    });
  const columns = [
    { head: 'Code', kind: 'name' },
    { head: 'Images', kind: 'number' },
    { head: 'Reason', kind: 'long' },
    { head: 'Next step', kind: 'long' },
  ] as const;
  return tableHtml({ id: 'codes', caption: 'Images in quarantine by code', columns, rows });
}

async function imagesHtml(run: CachedRun, context: QuarantineContext): Promise<Html> {
  const words = (context.query.get('q') ?? '').slice(0, MOST_WORDS);
  const { records } = run;
  const form = html`<form class="filters" method="get" action="#quarantine-title" role="search">
${context.place !== undefined && html`<input type="hidden" name="place" value="${context.place}">`}
<label>Path, label or code <input type="search" id="q" name="q" value="${printable(words)}" maxlength="${MOST_WORDS}" size="24"></label>
<button class="plain">Search</button>
</form>`;
  try {
    const search = context.searches.search(records.store, records.successVersion ?? '', words);
    const hits = await within<QuarantineHits | undefined>(search, WAIT_MS, async () => {
      search.catch(() => undefined); // shown by the next load of the page
      return undefined;
    });
    if (hits === undefined) return html`${form}<p class="notice">Still searching: reload the page.</p>`;
    return html`${form}${hitsHtml(hits, words, context.imageAddress)}`;
  } catch (thrown) {
    const { code, message } = asVergerError(thrown);
    return html`${form}<p class="notice bad">${errorHtml(`${code}: ${message}`)}</p>`;
  }
}

function hitsHtml(
  { images, isWhole }: QuarantineHits,
  words: string,
  imageAddress: (path: string) => string,
): Html {
  if (images.length === 0) return html`<p class="muted">No image in quarantine matches.</p>`;
  const rows = images.map(({ path, label, code, reason, bytes, storeCode }): HtmlPart[] => [
    html`<a href="${imageAddress(path)}"><code>${printable(path)}</code></a>`,
    printable(label),
    html`<code>${code}</code>${storeCode !== undefined && html` <span class="muted">${storeCode}</span>`}`,
    printable(reason),
    formatBytes(bytes),
  ]);
  const columns = [
    { head: 'Path', kind: 'long' },
    { head: 'Label' },
    { head: 'Code', kind: 'nowrap' },
    { head: 'Reason', kind: 'long' },
    { head: 'Size', kind: 'number' },
  ] as const;
  const some = isWhole ? formatCount(images.length) : `the first ${images.length}`;
  const caption = words === '' ? `Images in quarantine (${some})` : `Images that match (${some})`;
  return tableHtml({ id: 'quarantined', caption, columns, rows });
}
