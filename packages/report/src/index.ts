/** The pages of a run: the HTML report, the parts of the live page, and plots. Pure: imports core only. */

export { type AssembleInput, assembleReport, type LabelNeighbours, type Pictures } from './data/assemble.ts';
export type { CloseRows } from './data/close-rows.ts';
export { type CollectedRows, type CollectorShape, ReportCollector } from './data/collector.ts';
export { embedData, readEmbedded } from './data/embed.ts';
export {
  applied,
  deltaOf,
  END_UNIT_MS,
  emptyColumns,
  type LiveAttempt,
  type LiveColumns,
  type LiveFacts,
  type LiveFailures,
  type LiveMessage,
  type LiveStage,
  type LiveState,
  type LiveWorker,
  NO_WORKER,
  PARTITION_STATES,
  type PartitionState,
  type Stalled,
  snapshotOf,
  type Trouble,
  type WorkerTrouble,
} from './data/live-data.ts';
export {
  type ComponentEnd,
  type LabelFacts,
  type MistakenPair,
  MOST_COMPARED_ROWS,
  MOST_COMPONENTS,
  MOST_POINTS,
  NEAREST_KEPT,
  type NearDuplicate,
  NONE_INDEX,
  type OddImage,
  type Points,
  type QuarantineGroup,
  type ReportData,
  type ReportFacts,
  type ShownImage,
  SPRITE_COLUMNS,
  SPRITE_TILES,
  type Straggler,
  TILE_PIXELS,
} from './data/report-data.ts';
export { type ComparedPartition, isSampled, type RowRef } from './data/rows.ts';
export {
  chooseOdd,
  choosePairs,
  chooseQuarantine,
  type PictureRef,
  type PlacedQuarantined,
  pictureKey,
  planPictures,
  type Sections,
} from './data/sections.ts';
export { retriesOf, stragglersOf } from './data/timeline-facts.ts';
export { type PageScript, pageScript } from './document/bundle.ts';
export { type Embedded, embeddedScript } from './document/embedded.ts';
export { reportHtml } from './document/report-html.ts';
export { untimedWords } from './document/times.ts';
export { escapeHtml, Html, type HtmlPart, html } from './html/html.ts';
export { LIVE_STYLE } from './html/live-style.ts';
export {
  badgeHtml,
  barHtml,
  type Column,
  type ListPage,
  noticeHtml,
  pageOf,
  pagerHtml,
  pairsHtml,
  type Table,
  tableHtml,
} from './html/parts.ts';
export { STYLE } from './html/style.ts';
export {
  ago,
  countOr,
  NONE,
  proseHtml,
  rateWords,
  STALLED_WORDS,
  timeHtml,
  timeWords,
} from './html/words.ts';
export {
  MOST_PLOTTED,
  type PlotStyle,
  type PlottedLabel,
  type ScatterPlot,
  scatterSvg,
} from './plot/scatter-svg.ts';
export { type VariancePlot, varianceSvg } from './plot/variance-svg.ts';
