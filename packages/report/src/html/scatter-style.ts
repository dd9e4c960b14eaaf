/** The scatter with its legend, in the report and in the dashboard. */
export const SCATTER_STYLE = `.scatter {
  container-type: inline-size; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem;
}
.scatter p { margin: 0; max-width: none; }
.scatter-head, .scatter-bar {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.375rem 0.625rem; font-size: 0.875rem;
}
.scatter-head { justify-content: space-between; margin-bottom: 0.5rem; }
.scatter-note { font-variant-numeric: tabular-nums; }
.scatter label { color: var(--muted); white-space: nowrap; }
.scatter select { padding: 0.1875rem 0.375rem; color: var(--text); }
.scatter button.plain { padding: 0.1875rem 0.625rem; background: var(--panel); }
.scatter button.plain:hover { background: var(--head); filter: none; }
.scatter button.plain:disabled { color: var(--muted); cursor: default; }
.scatter button[aria-pressed="true"] { background: var(--active-soft); border-color: var(--active); color: var(--active); }
.scatter button.scatter-said { border-color: transparent; color: var(--accent); text-decoration: underline; }
.scatter button.scatter-said:disabled { text-decoration: none; color: var(--active); }
.scatter-group { display: inline-flex; }
.scatter-group button { border-radius: 0; margin-left: -1px; min-width: 2rem; }
.scatter-group button:first-child { border-radius: 6px 0 0 6px; margin-left: 0; }
.scatter-group button:last-child { border-radius: 0 6px 6px 0; }
.scatter-body { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; }
.scatter-main { flex: 999 1 26rem; min-width: min(100%, 20rem); }
.scatter-stage { position: relative; height: clamp(20rem, 68vh, 40rem); }
.scatter-stage canvas { display: block; }
.scatter-base, .scatter-overlay { position: absolute; inset: 0; width: 100%; height: 100%; }
.scatter-overlay { z-index: 1; }
.scatter-overlay { cursor: crosshair; border-radius: 4px; -webkit-user-select: none; user-select: none; }
.scatter-overlay.dragged { cursor: grabbing; }
.scatter-overlay.lasso { cursor: cell; }
.scatter-card {
  position: absolute; z-index: 2; display: flex; gap: 0.75rem; width: max-content; max-width: min(23rem, 60%);
  padding: 0.625rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  box-shadow: 0 4px 16px rgb(0 0 0 / 0.16); pointer-events: none; font-size: 0.8125rem; line-height: 1.4;
}
.scatter-card[hidden], .scatter-chosen[hidden], .scatter textarea[hidden] { display: none; }
.scatter-card.pinned { border-color: var(--muted); }
.scatter-picture { flex: none; width: 96px; }
.scatter-picture canvas { width: 96px; height: 96px; border-radius: 6px; background: var(--head); }
.scatter-picture p { margin: 0.125rem 0 0; font-size: 0.75rem; line-height: 1.25; }
.scatter-picture.other canvas { opacity: 0.6; outline: 2px dashed var(--muted); outline-offset: -2px; }
.scatter-other-picture { color: var(--warn); overflow-wrap: anywhere; }
.scatter-picture img { display: none; max-width: 100%; border-radius: 6px; }
.scatter-picture.whole { width: 12rem; }
.scatter-picture.whole canvas { display: none; }
.scatter-picture.whole img { display: block; max-height: 14rem; }
.scatter-words { min-width: 0; }
.scatter-words p, .scatter-words ol { margin: 0 0 0.1875rem; }
.scatter-words .mono { font-size: 0.75rem; }
.scatter-words ol { padding-left: 1.25rem; color: var(--muted); }
.scatter-words li { overflow-wrap: anywhere; }
.scatter-words li.own { color: var(--text); font-weight: 600; }
.scatter-label { overflow-wrap: anywhere; }
.scatter-other { color: var(--warn); font-weight: 600; }
.scatter-live { min-height: 1.25rem; padding: 0.25rem 0; overflow-wrap: anywhere; }
.scatter-hint { color: var(--muted); }
.scatter-swatch {
  display: inline-block; flex: none; width: 0.6875rem; height: 0.6875rem; margin-right: 0.5rem;
  vertical-align: -0.03em; -webkit-print-color-adjust: exact; print-color-adjust: exact; forced-color-adjust: none;
}
.scatter-swatch.circle { border-radius: 50%; }
.scatter-swatch.square { border-radius: 1px; transform: scale(0.9); }
.scatter-swatch.diamond { border-radius: 1px; transform: rotate(45deg) scale(0.82); }
.scatter-swatch.triangle { clip-path: polygon(50% 4%, 100% 96%, 0 96%); }
.scatter-legend { flex: 1 1 15rem; min-width: 0; font-size: 0.875rem; }
.scatter-legend > summary { font-weight: 600; }
.scatter-search { display: flex; gap: 0.375rem; margin: 0.25rem 0; }
.scatter-search input { flex: 1; min-width: 0; padding: 0.1875rem 0.5rem; }
.scatter-rows {
  height: clamp(12rem, calc(68vh - 7.5rem), 32rem); overflow-y: auto; overscroll-behavior: contain; margin: 0.25rem 0;
  contain: content;
  border: 1px solid var(--line); border-radius: 6px;
}
.scatter-list { position: relative; }
.scatter-row {
  position: absolute; left: 0; right: 0; display: flex; align-items: center; height: 1.75rem; padding: 0 0.625rem;
  cursor: pointer; -webkit-user-select: none; user-select: none; touch-action: manipulation;
}
.scatter-row:hover { background: var(--head); }
.scatter-row:focus-visible { outline-offset: -2px; }
.scatter-name { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.scatter-count { margin-left: 0.5rem; color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
.scatter-row[aria-pressed="false"] { color: var(--muted); }
.scatter-row[aria-pressed="false"] .scatter-name { text-decoration: line-through; }
.scatter-row[aria-pressed="false"] .scatter-swatch { opacity: 0.25; }
.scatter-chosen { margin-top: 0.75rem; border-top: 1px solid var(--line); padding-top: 0.25rem; }
.scatter-chosen h3 { margin: 0.5rem 0 0.25rem; }
.scatter textarea {
  display: block; width: 100%; margin: 0.5rem 0; resize: vertical; color: var(--text); background: var(--panel);
  border: 1px solid var(--muted); border-radius: 6px; padding: 0.375rem 0.625rem; white-space: pre; overflow: auto;
  font: 0.8125rem/1.5 var(--mono);
}
.scatter-printed { display: none; }
@container (max-width: 42.5rem) {
  .scatter-stage { height: clamp(18rem, 62vh, 28rem); }
  .scatter-rows { height: 16rem; }
  .scatter-card { max-width: none; width: auto; }
  .scatter-card { left: 0.25rem !important; right: 0.25rem !important; }
  .scatter-card.below { top: auto !important; bottom: 0.25rem !important; }
  .scatter-card:not(.below) { top: 0.25rem !important; bottom: auto !important; }
  .scatter-picture.whole { width: 8rem; }
}
@media (max-width: 48rem) { .scatter { padding: 0.5rem; } }
@media print {
  .scatter { border: 0; padding: 0; break-inside: avoid; }
  .scatter-bar, .scatter-hint, .scatter-live, .scatter-legend, .scatter-overlay, .scatter-card,
  .scatter textarea { display: none; }
  .scatter-body { display: block; }
  .scatter-stage { height: auto; }
  .scatter-base { position: static; height: auto; }
  .scatter-printed {
    display: block; columns: 9rem auto; column-gap: 1rem; list-style: none; margin: 0.5rem 0 0; padding: 0;
    font-size: 0.6875rem; overflow-wrap: anywhere;
  }
}
`;
