/** The live page: partition grid, workers, rate. */
export const LIVE_STYLE = `:root {
  --cell-waiting: #d3dad5; --cell-running: #3f83d8; --cell-retried: #d98e24; --cell-committed: #7cc79b;
  --cell-reused: #8db3c4; --cell-projected: #1f7a4a; --cell-failed: #c4342b; --cell-damaged: #84286f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --cell-waiting: #38423c; --cell-running: #6aa8f7; --cell-retried: #eeb04c; --cell-committed: #3d9163;
    --cell-reused: #5d8da1; --cell-projected: #8be3b0; --cell-failed: #ff7a6e; --cell-damaged: #d987c8;
  }
}
main:has(> #live[data-on]) .still, main:not(:has(> #live[data-on])) .live-only { display: none; }
.live-line { margin: 0.75rem 0 0.5rem; color: var(--muted); max-width: none; }
.live-line { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
.live-line .as-of { font-variant-numeric: tabular-nums; }
.trouble {
  border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 8px; background: var(--panel);
  margin: 0 0 1rem; overflow: hidden;
}
.trouble.bad { border-left-color: var(--bad); }
.trouble h2 { margin: 0; padding: 0.5rem 1.125rem; background: var(--warn-soft); font-size: 1rem; }
.trouble.bad h2 { background: var(--bad-soft); }
.trouble-list { margin: 0; padding: 0; list-style: none; }
.trouble-list li { padding: 0.625rem 1.125rem 0.6875rem; border-top: 1px solid var(--line); position: relative; }
.trouble-list li:first-child { border-top: 0; }
.trouble-list p { margin: 0; max-width: 95ch; }
.trouble-what { font-weight: 600; }
.trouble-list li.bad .trouble-what { color: var(--bad); }
.trouble-list li.warn .trouble-what { color: var(--warn); }
.trouble-next { color: var(--text); }
.workers { max-height: 27rem; overflow-y: auto; }
.workers thead th { position: sticky; top: 0; z-index: 1; }
.workers .why { margin: 0; font-size: 0.875rem; }
.workers .badge { white-space: nowrap; }
.trouble-list code { background: none; }
.stage-bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.375rem; }
.stage-bars li { display: flex; flex-wrap: wrap; gap: 0.125rem 0.875rem; align-items: center; }
.stage-name { font-weight: 600; flex: 0 0 4.5rem; }
.stage-bars progress { flex: 1 1 8rem; max-width: 24rem; width: auto; }
.stage-state { flex: 0 0 7rem; }
.stage-words { flex: 1 1 16rem; }
/* With large letters on a small screen. */
#live .scatter-bar, #live .scatter-bar label { flex-wrap: wrap; min-width: 0; max-width: 100%; }
#live .scatter-bar label { display: flex; gap: 0.25rem; align-items: center; }
#live .scatter-bar select { min-width: 0; max-width: 100%; flex: 0 1 auto; }
.rate-chart { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; min-height: 172px; padding: 0; }
.grid { position: relative; }
.grid-legend { list-style: none; margin: 0 0 0.5rem; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.125rem; font-size: 0.875rem; }
.grid-legend b { font-variant-numeric: tabular-nums; }
.swatch { display: inline-block; width: 0.75rem; height: 0.75rem; border-radius: 2px; margin-right: 0.4375rem; }
.cell-waiting { background: var(--cell-waiting); }
.cell-running { background: var(--cell-running); }
.cell-retried { background: var(--cell-retried); }
.cell-committed { background: var(--cell-committed); }
.cell-reused { background: var(--cell-reused); }
.cell-projected { background: var(--cell-projected); }
.cell-failed { background: var(--cell-failed); }
.cell-damaged { background: var(--cell-damaged); }
.grid-box { position: relative; overflow: hidden auto; cursor: pointer; border-radius: 3px; }
.grid-space { position: relative; }
.grid-canvas { display: block; position: sticky; top: 0; }
.grid-mark {
  position: absolute; left: 0; top: 0; pointer-events: none; outline: 2px solid var(--text); outline-offset: 0;
  border-radius: 1px;
}
.cell-details { margin-top: 0.75rem; }
.cell-details h3 { margin: 0; }
.cell-details h3:focus { outline: none; }
.cell-details h4 { margin: 0.75rem 0 0.25rem; font-size: 0.875rem; }
.cell-head { display: flex; justify-content: space-between; gap: 1rem; align-items: start; }
.cell-head button { font-size: 0.8125rem; padding: 0.0625rem 0.625rem; }
.cell-links { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.75rem 0 0; }
.attempts { margin: 0; padding-left: 1.25rem; overflow-wrap: anywhere; }
.badge.wide { white-space: normal; border-radius: 0.75rem; }
.cell-buttons { min-width: 8rem; }
button.link {
  background: none; border: 0; padding: 0 0.375rem 0 0; color: var(--accent); text-decoration: underline;
  text-underline-offset: 0.15em; font-variant-numeric: tabular-nums;
}
.long p { margin: 0 0 0.25rem; }
@media print { .grid-box { height: auto !important; } .cell-details, .live-line { display: none; } }
`;
