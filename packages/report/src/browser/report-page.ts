/** The script of `report.html`: reads the embedded data and fills the places of the page. */
import { readEmbedded } from '../data/embed.ts';
import type { ReportData } from '../data/report-data.ts';
import { MOST_HEAT_LABELS } from '../document/confusion-section.ts';
import { mountHeatMap } from './charts/heat-map.ts';
import { mountTimeline, timelineBars } from './charts/timeline.ts';
import { mountVariance } from './charts/variance.ts';
import { mountLabelTable } from './label-table.ts';
import {
  makeCopyButtons,
  makeNarrowContents,
  makePrintable,
  markCurrentSection,
  whenNear,
} from './page-parts.ts';
import { mountScatter } from './scatter/mount-scatter.ts';
import { openSprites, type Sprites } from './sprites.ts';
import { drawThumbnails, watchThumbnails } from './thumbnails.ts';

async function start(): Promise<void> {
  makeCopyButtons();
  makeNarrowContents();
  markCurrentSection();
  const data = await readEmbedded(document.getElementById('data')?.textContent ?? '');
  const sprites = await openSprites(data.sprites);
  const charts = chartsOf(data, sprites);
  const now = whenNear(
    charts.flatMap(([id, mount]) => {
      const place = document.getElementById(id);
      return place === null ? [] : [{ place, mount: () => mount(place) }];
    }),
  );
  const [tools, table] = ['label-tools', 'label-table'].map((id) => document.getElementById(id));
  if (tools && table) mountLabelTable(tools, table, data.facts.labels);
  watchThumbnails(document.body, sprites);
  makePrintable(() => {
    now();
    drawThumbnails(document, sprites);
  });
  document.documentElement.dataset['ready'] = '';
}

/** What is drawn, and where. */
function chartsOf(
  { facts, points }: ReportData,
  sprites: Sprites,
): readonly (readonly [string, (place: HTMLElement) => unknown])[] {
  const { labels, variance, report, timeline, confusion } = facts;
  const { pca } = report;
  return [
    ['scatter', (place) => points !== null && mountScatter(place, { points, labels, sprites, variance })],
    [
      'variance-chart',
      (place) =>
        pca !== null && mountVariance(place, { shares: variance, k: pca.k, target: pca.options.variance }),
    ],
    ['heatmap', (place) => mountHeatMap(place, { labels, cells: confusion.cells, most: MOST_HEAT_LABELS })],
    ['timeline', (place) => timeline !== null && mountTimeline(place, timelineBars(timeline))],
  ];
}

start().catch((error: unknown) => {
  const place = document.getElementById('trouble');
  if (place !== null) place.textContent = `The charts of this page cannot be drawn: ${String(error)}`;
});
