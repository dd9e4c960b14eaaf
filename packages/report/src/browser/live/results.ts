/** What a run has found, once it has: variance, scatter, labels. */
import { formatCount, formatShare, printable } from '@verger/core';
import { readEmbedded } from '../../data/embed.ts';
import type { LiveFacts } from '../../data/live-data.ts';
import type { ReportData } from '../../data/report-data.ts';
import { labelWords, NONE } from '../../html/words.ts';
import { mountVariance } from '../charts/variance.ts';
import { element } from '../elements.ts';
import { mountScatter } from '../scatter/mount-scatter.ts';
import { openSprites } from '../sprites.ts';

/** Where the results of a run are. */
export interface ResultLinks {
  readonly variance: string;
  /** The text of the data element of its report. */
  readonly report: string;
  /** The address of an image. */
  readonly image: (path: string) => string;
}

const TEXT_HEADS = ['Label', 'Nearest label'];
/** Labels that the table has; the report has all. */
const MOST_LABELS = 20;

/** The results; each part is fetched once, when it is there. */
export function resultsPart(links: ResultLinks): {
  readonly node: HTMLElement;
  update(facts: LiveFacts): void;
} {
  const variance = element('div');
  const scatter = element('div');
  const labels = element('div');
  const part = (title: string, place: HTMLElement) =>
    element('section', { hidden: true }, [element('h2', { text: title }), place]);
  const parts = [
    part('Projection', scatter),
    part('Labels', labels),
    part('Cumulative variance', variance),
  ] as const;
  const node = element('div', {}, parts);
  const asked = { variance: false, report: false };
  return {
    node,
    update: (facts) => {
      if (facts.hasModel && !asked.variance) {
        asked.variance = true;
        parts[2].hidden = false;
        show(variance, () => showVariance(variance, links.variance, facts.target));
      }
      if (facts.hasReport && !asked.report) {
        asked.report = true;
        parts[0].hidden = false;
        // Up to 10 MB: not before somebody comes to see it.
        whenNear(parts[0], () =>
          show(scatter, () => showReport({ scatter, labels, labelsPart: parts[1] }, links)),
        );
      }
    },
  };
}

/** Fills a place; what fails is a sentence in it. */
function show(place: HTMLElement, fill: () => Promise<void>): void {
  place.textContent = 'Being loaded.';
  fill().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    place.replaceChildren(element('p', { class: 'muted', text: `This cannot be shown: ${printable(why)}` }));
  });
}

function whenNear(place: HTMLElement, then: () => void): void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      then();
    },
    { rootMargin: '600px' },
  );
  observer.observe(place);
}

async function asked(url: string): Promise<Response> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the dashboard answers ${answer.status}`);
  return answer;
}

async function showVariance(place: HTMLElement, url: string, target: number | null): Promise<void> {
  const found = (await (await asked(url)).json()) as { k: number; shares: number[] } | null;
  if (found === null) place.replaceChildren(element('p', { class: 'muted', text: 'There is no model yet.' }));
  else mountVariance(place, { ...found, target });
}

async function showReport(
  { scatter, labels, labelsPart }: Record<'scatter' | 'labels' | 'labelsPart', HTMLElement>,
  { report, image }: ResultLinks,
): Promise<void> {
  const data = await readEmbedded(await (await asked(report)).text());
  if (data.points === null) {
    scatter.replaceChildren(
      element('p', { class: 'muted', text: 'No image has features, so there is no projection.' }),
    );
    return;
  }
  const sprites = await openSprites(data.sprites);
  scatter.replaceChildren();
  mountScatter(scatter, {
    ...{ points: data.points, labels: data.facts.labels, sprites, photographUrl: image },
    variance: data.facts.variance,
  });
  labelsPart.hidden = data.facts.labels.length === 0;
  labels.replaceChildren(labelTable(data));
}

const nearestWords = (label: string | undefined) => (label === undefined ? NONE : labelWords(label));

/** The labels whose images are most often nearest to another label. */
function labelTable({ facts }: ReportData): HTMLElement {
  const worst = [...facts.labels]
    .sort((a, b) => a.right / Math.max(1, a.compared) - b.right / Math.max(1, b.compared))
    .slice(0, MOST_LABELS);
  const rows = worst.map(({ label, count, right, compared, nearest, spread }) =>
    element('tr', {}, [
      element('th', { scope: 'row', text: labelWords(label) }),
      element('td', { class: 'number', text: formatCount(count) }),
      element('td', { class: 'number', text: compared === 0 ? '–' : formatShare(right / compared) }),
      element('td', { text: nearestWords(facts.labels[nearest]?.label) }),
      element('td', { class: 'number', text: spread.toFixed(1) }),
    ]),
  );
  const heads = ['Label', 'Images', 'Nearest to its own centroid', 'Nearest label', 'Spread'];
  const some =
    facts.labels.length > rows.length
      ? `The ${rows.length} of ${formatCount(facts.labels.length)} labels`
      : 'Labels';
  const table = element('table', {}, [
    element('caption', { text: `${some} that are mistaken most, first; the report has more` }),
    element('thead', {}, [
      element(
        'tr',
        {},
        heads.map((text) =>
          element('th', { scope: 'col', text, class: TEXT_HEADS.includes(text) ? undefined : 'number' }),
        ),
      ),
    ]),
    element('tbody', {}, rows),
  ]);
  return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Labels' }, [table]);
}
