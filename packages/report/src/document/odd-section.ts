import { counted, formatCount } from '@verger/core';
import type { NearDuplicate, OddImage, ReportData } from '../data/report-data.ts';
import { type Html, html } from '../html/html.ts';
import { imagesHtml, labelAt, moreHtml, nothingHtml, numberWords, type Section } from './shown.ts';

const OPEN_ODD = 12;
/** From so many spreads on an image stands out. */
const FAR = 2;
const OPEN_DUPLICATES = 6;

/** Images far from the centroid of their label. */
export function oddSection({ facts, tiles }: ReportData): Section {
  const head = { id: 'odd', title: 'Odd ones out' };
  if (facts.odd.length === 0)
    return { ...head, body: nothingHtml('No image lies unusually far from the centroid of its label.') };
  const said = (image: OddImage) => {
    const elsewhere = image.nearest !== image.label && image.nearest < facts.labels.length;
    return html`<strong>${labelAt(facts, image.label)}</strong>, ${image.ratio.toFixed(1)} × its spread${elsewhere && html`; nearest to ${labelAt(facts, image.nearest)}`}`;
  };
  const list = (images: readonly OddImage[]) => imagesHtml(images, tiles > 0, said);
  const rest = facts.odd.slice(OPEN_ODD);
  return {
    ...head,
    body: html`<p>Images that lie far from the centroid of their label, measured in spreads of that label (its spread is how far its images lie from the centroid on average): often wrong labels, unusual views, or pictures of something else.${(facts.odd[0]?.ratio ?? 0) < FAR && ' Here none lies very far.'}</p>
${list(facts.odd.slice(0, OPEN_ODD))}
${rest.length > 0 && moreHtml(counted(rest.length, 'further image'), list(rest))}`,
  };
}

/** Pairs of images under different labels that lie almost on each other. */
export function duplicatesSection({ facts, tiles }: ReportData): Section {
  const head = { id: 'duplicates', title: 'Near-duplicates across labels', short: 'Near-duplicates' };
  const { compared, pairs } = facts.duplicates;
  if (facts.labels.length < 2) return { ...head, body: nothingHtml('There are fewer than two labels.') };
  if (compared === 0) return { ...head, body: nothingHtml('No rows were compared.') };
  const all = facts.report.extracted;
  const of =
    compared < all
      ? `${counted(compared, 'row')} of ${formatCount(all)} were compared with each other.`
      : `All ${counted(all, 'row')} were compared with each other.`;
  if (pairs.length === 0) return { ...head, body: nothingHtml(`None was found. ${of}`) };
  const list = (some: readonly NearDuplicate[]) => html`<ul class="twins">${some.map(twinHtml)}</ul>`;
  const twinHtml = ({ a, b, distance }: NearDuplicate): Html => html`<li>
${imagesHtml([a, b], tiles > 0, (image) => labelAt(facts, image.label))}
<p class="small muted">${numberWords(distance)} apart</p></li>\n`;
  const rest = pairs.slice(OPEN_DUPLICATES);
  return {
    ...head,
    body: html`<p>Pairs of images under different labels whose features are almost the same, the closest first: often one photograph that was filed twice. ${of}</p>
${list(pairs.slice(0, OPEN_DUPLICATES))}
${rest.length > 0 && moreHtml(counted(rest.length, 'further pair'), list(rest))}`,
  };
}
