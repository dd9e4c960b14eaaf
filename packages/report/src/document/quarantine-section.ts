import { counted, formatBytes, formatCount, printable } from '@verger/core';
import { NONE_INDEX, type QuarantineGroup, type ReportData } from '../data/report-data.ts';
import { type Html, html } from '../html/html.ts';
import { labelWords, proseHtml } from '../html/words.ts';
import { nothingHtml, pathHtml, type Section, shareWords, thumbnailHtml } from './shown.ts';

/** The images without features: by code, with reason, next step and some of them. */
export function quarantineSection({ facts }: ReportData): Section {
  const head = { id: 'quarantine', title: 'Quarantine' };
  const { quarantined, listed } = facts.report;
  if (quarantined === 0) return { ...head, body: nothingHtml('Empty: every listed image has features.') };
  return {
    ...head,
    body: html`<p>${counted(quarantined, 'image')} of ${formatCount(listed)} (${shareWords(quarantined, listed)}) gave no features. All of them are in <code>quarantine.jsonl</code> of the run; here are some of each kind.</p>
${[...facts.quarantine].sort((a, b) => b.count - a.count).map(groupHtml)}`,
  };
}

function groupHtml({ code, reason, next, count, images }: QuarantineGroup): Html {
  const hasPictures = images.some(({ tile }) => tile !== NONE_INDEX);
  const items = images.map(({ path, label, bytes, tile, storeCode }) => {
    const picture = tile !== NONE_INDEX && thumbnailHtml(tile, path, hasPictures);
    const store = storeCode !== undefined && html`, the store said <code>${printable(storeCode)}</code>`;
    return html`<li>${picture}<span class="about">${pathHtml(path)}
<span class="muted">${labelWords(label)}, ${formatBytes(bytes)}${store}</span></span></li>\n`;
  });
  const some = images.length < count ? ` (${images.length} shown)` : '';
  return html`<section class="panel code-group"><h3><code>${printable(code)}</code> ${counted(count, 'image')}${some}</h3>
<p>${proseHtml(reason)}</p>
<p><strong>Next step:</strong> ${proseHtml(next)}</p>
<ul class="images wide">${items}</ul></section>\n`;
}
