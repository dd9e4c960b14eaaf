/** The page of `report.html`: contents beside the sections, lists of images, paper. */
const LAYOUT = `.report { --contents: 13.5rem; }
.report header.title { display: block; padding: 1.125rem 1.5rem 1rem; }
.report header.title > * { margin: 0; }
.report header.title .muted { font-size: 0.9375rem; margin-top: 0.125rem; }
.report .columns {
  display: grid; grid-template-columns: var(--contents) minmax(0, 1fr); gap: 0 2rem; max-width: 92rem;
  margin: 0 auto; padding: 0 1.5rem;
}
.report main { max-width: none; margin: 0; padding: 0.25rem 0 4rem; min-width: 0; }
.report h2 { font-size: 1.25rem; margin: 2.75rem 0 0.5rem; }
.report main > section:first-of-type > h2 { margin-top: 1rem; }
.report h3 { font-size: 1rem; margin: 1.75rem 0 0.375rem; }
.report h4 { font-size: 0.9375rem; margin: 0.75rem 0 0.375rem; font-weight: 600; overflow-wrap: anywhere; }
.report h5 { font-size: 0.875rem; margin: 0.375rem 0; font-weight: 500; color: var(--muted); overflow-wrap: anywhere; }
.report .panel > :first-child, .report .panel > section > h3 { margin-top: 0; }
.details-grid { columns: 26rem; column-gap: 2.5rem; }
.details-grid > section { break-inside: avoid; margin: 0 0 1.25rem; }
.details-grid .pairs { font-size: 0.875rem; }
.details-grid ul { margin: 0.25rem 0; padding-left: 1.125rem; }
.report h3 .muted, .report h4 .muted { font-weight: 400; font-size: 0.875rem; }
.report section { scroll-margin-top: 0.75rem; }
.report .lead { font-size: 1.0625rem; max-width: 80ch; }
.report .verdict { margin: 0.25rem 0 0; }
.report .verdict .badge::before { content: none; }
.report .verdict .badge { font-size: 0.875rem; }
.report .path { overflow-wrap: anywhere; }
.contents { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1.25rem 0; font-size: 0.875rem; }
.contents summary { font-weight: 600; }
.contents ol { list-style: none; margin: 0.25rem 0 0; padding: 0; }
.contents a {
  display: block; padding: 0.25rem 0.625rem; color: var(--muted); text-decoration: none;
  border-left: 2px solid var(--line);
}
.contents a:hover { color: var(--text); border-color: var(--accent); }
.contents a[aria-current] { color: var(--accent); border-color: var(--accent); font-weight: 600; }
.report #trouble:empty { display: none; }
.report .answers { margin: 1rem 0 0; padding-left: 1.25rem; max-width: 85ch; }
.report .answers li { margin: 0.3125rem 0; overflow-wrap: anywhere; }
.report .scroll { max-width: 100%; }
.report .scroll:has(> .narrow) { width: fit-content; min-width: min(26rem, 100%); }
.report .scroll + .scroll, .report .more { margin-top: 0.75rem; }
.report .scroll.tall { max-height: 36rem; overflow: auto; }
.report .scroll.tall thead th { position: sticky; top: 0; z-index: 1; }
.report .chart + .scroll, .report .chart + .more { margin-top: 0.75rem; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1.5rem; align-items: start; }
.beside .scroll { margin-top: 0.5rem; }
.beside td, .beside tbody th { padding-top: 0.25rem; padding-bottom: 0.25rem; }
.report td progress { min-width: 5rem; }
.report td, .report tbody th { overflow-wrap: break-word; max-width: 24rem; }
.report td .path, .report td.long { overflow-wrap: anywhere; }
.labels td.pictures { padding: 0.25rem 0.75rem; }
.labels .strip { height: 36px; width: auto; }
.labels tbody th { min-width: 8rem; }
.labels td, .labels tbody th { vertical-align: middle; }
.sort {
  font: inherit; color: inherit; background: none; border: 0; border-radius: 0; padding: 0; cursor: pointer;
  text-decoration: underline dotted; text-underline-offset: 0.2em;
}
.sort:hover { filter: none; color: var(--text); }
th[aria-sort="ascending"] .sort::after { content: " ▲"; font-size: 0.7em; }
th[aria-sort="descending"] .sort::after { content: " ▼"; font-size: 0.7em; }
.report details.more > summary { color: var(--accent); }
.report footer { margin-top: 3rem; border-top: 1px solid var(--line); }
`;

const IMAGES = `.images {
  list-style: none; margin: 0; padding: 0; display: grid; gap: 0.5rem 0.875rem;
  grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr));
}
.images li { display: flex; gap: 0.625rem; align-items: flex-start; min-width: 0; }
.images .thumb { flex: none; }
.images .about { min-width: 0; display: grid; font-size: 0.8125rem; line-height: 1.35; overflow-wrap: anywhere; }
.images .path { font-size: 0.75rem; color: var(--muted); }
.images.wide { grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); margin-top: 0.5rem; }
.ends { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem 2rem; }
.ends .images { grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 100%), 1fr)); }
.component, .pair { border-top: 1px solid var(--line); padding: 0.25rem 0 0.875rem; }
.component h3 { margin-top: 0.5rem; }
.twins { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); }
.twins > li { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.625rem 0.75rem; }
.twins .images { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.twins p { margin: 0.25rem 0 0; }
.code-group { margin: 0.75rem 0; }
.code-group h3 { margin: 0 0 0.25rem; }
`;

const NARROW = `@media (max-width: 64rem) {
  .report .columns { grid-template-columns: minmax(0, 1fr); }
  .contents { position: static; max-height: none; padding: 0.75rem 0 0; }
  .contents ol { columns: 2; }
  .contents a { border-left: 0; padding: 0.3125rem 0; }
}
@media (max-width: 80rem) { .beside { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) {
  .report .columns { padding: 0 0.75rem; }
  .report header.title { padding: 0.75rem; }
  .report .ends, .report .twins .images { grid-template-columns: minmax(0, 1fr); }
}
`;

/** Paper is white, whatever the screen is. */
const LIGHT = `--page: #ffffff; --panel: #ffffff; --text: #1b211d; --muted: #566059; --line: #ccd3ce; --head: #eef1ee;
  --accent: #14663a; --accent-soft: #dcefe3; --bar: #2f9e5f; --bar-rest: #e3e8e4;
  --good: #14663a; --active: #1d5bb8; --warn: #8a5300; --bad: #b3261e; --quiet: #566059; --retried: #c9821a;
  --good-soft: #dcefe3; --active-soft: #dfeafb; --warn-soft: #fdeccb; --bad-soft: #fbe1df; --quiet-soft: #e8ece9;`;

const PAPER = `:root.printing { color-scheme: light; ${LIGHT} }
@media print {
  :root { color-scheme: light; ${LIGHT} }
  @page { margin: 14mm 12mm; }
  .report header.title { display: block; border: 0; padding: 0 0 0.5rem; }
  .report .columns { display: block; padding: 0; max-width: none; }
  .contents, .skip, .report [data-copy], .report details.more > summary, .report noscript { display: none; }
  .report h2, .report h3, .report h4, .report h5, .report caption { break-after: avoid; }
  .report p:has(+ .chart, + .beside, + #scatter) { break-after: avoid; }
  .report #projection, .report #variance, .report .beside, .report .scatter { break-inside: avoid; }
  .report .images li, .report .pair, .report .component, .report .twins > li, .report .command,
  .report tr, .report .chart, .report .facts, .report .code-group { break-inside: avoid; }
  .report .scroll, .report .scroll.tall, .timeline-rows { overflow: visible; max-height: none; }
  .report thead th { position: static; }
  .report canvas, .report progress, .report .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .report .chart canvas { max-width: 100%; height: auto !important; }
  .report .chart .uplot, .report .chart .u-wrap { max-width: 100%; }
  /* A canvas that is clear on the screen is white on paper. */
  .report .timeline-over, .report .scatter-overlay { display: none; }
  .labels .strip { height: 28px; }
  .report .sort { display: none; }
  .report th[data-key]::before { content: attr(data-head); }
}
`;

/** The page of `report.html`. */
export const REPORT_STYLE = `${LAYOUT}${IMAGES}${NARROW}${PAPER}`;
