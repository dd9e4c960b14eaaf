import { formatCount, type LeftOut } from '@verger/core';
import type { ReportData } from '../data/report-data.ts';
import { type Html, type HtmlPart, html } from '../html/html.ts';
import { tableHtml } from '../html/parts.ts';
import { type Section, shareWords } from './shown.ts';

/** The images counted: listed = with features + in quarantine; reused; left out, with the reasons. */
export function countsSection({ facts: { report } }: ReportData): Section {
  const { listed, extracted, quarantined, reused } = report;
  const rows: HtmlPart[][] = [
    ['Listed', formatCount(listed), '', 'images that the run was to read'],
    ['With features', formatCount(extracted), shareWords(extracted, listed), 'in features/ and projection/'],
    [
      'In quarantine',
      formatCount(quarantined),
      shareWords(quarantined, listed),
      'in quarantine.jsonl, each with a code',
    ],
  ];
  if (reused > 0) {
    const share = shareWords(reused, extracted);
    rows.push(['Reused, of those with features', formatCount(reused), share, 'taken from an earlier run']);
  }
  const columns = [
    { head: 'Images', kind: 'name' },
    { head: 'Count', kind: 'number' },
    { head: 'Share', kind: 'number' },
    { head: 'Where' },
  ] as const;
  return {
    ...{ id: 'counts', title: 'Counts' },
    body: html`<p>${formatCount(listed)} listed = ${formatCount(extracted)} with features + ${formatCount(quarantined)} in quarantine.</p>
${tableHtml({ id: 'counts-table', caption: 'Images of the run', columns, rows })}
${leftOutHtml(report.leftOut)}`,
  };
}

function leftOutHtml(leftOut: LeftOut | undefined): Html {
  if (leftOut === undefined) return html`<p class="muted">What the listing left out was not counted.</p>`;
  const rows = leftOutRows(leftOut).filter(([, count]) => count > 0);
  if (rows.length === 0) return html`<p class="muted">Nothing in the folder was left out.</p>`;
  const columns = [
    { head: 'Reason', kind: 'name' },
    { head: 'Count', kind: 'number' },
  ] as const;
  const caption = `Left out: in the folder, but not listed${leftOut.partial === true ? ' (up to the limit of the listing)' : ''}`;
  return tableHtml({
    ...{ id: 'left-out', caption, columns },
    rows: rows.map(([reason, count]) => [reason, formatCount(count)]),
  });
}

/** What a listing left out, a reason each; links out of the folder are listed, so they are not here. */
export function leftOutRows(leftOut: LeftOut): [string, number][] {
  const endings = Object.entries(leftOut.endings).sort(([, a], [, b]) => b - a);
  return [
    ...endings.map(([ending, count]): [string, number] => [`files ending in ${ending}`, count]),
    ['files with other endings', leftOut.otherEndings],
    ['files without an ending', leftOut.noEnding],
    ['hidden files (their name begins with a dot)', leftOut.hiddenFiles],
    ['hidden folders', leftOut.hiddenFolders],
    ['files in hidden folders', leftOut.hiddenFolderFiles],
    ['links to folders, not followed (--follow-links)', leftOut.linkedFolders],
    ['links to folders that lead in a circle', leftOut.linkLoops],
    ['further links to the same folder', leftOut.linkRepeats],
    ['links to nothing', leftOut.linksToNothing],
  ];
}
