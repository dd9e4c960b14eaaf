/** The parts of pages: tables that scroll, badges, bars, facts, commands, pagers. */
export const PARTS_STYLE = `.scroll {
  overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
}
.scroll > table > thead > tr:first-child > th { border-top: 0; }
.scroll caption + thead th { border-top: 1px solid var(--line); }
.badge {
  display: inline-block; border-radius: 999px; padding: 0.0625rem 0.625rem; font-size: 0.8125rem;
  font-weight: 600; white-space: nowrap; background: var(--quiet-soft); color: var(--quiet);
}
.badge::before { content: "●"; font-size: 0.625rem; margin-right: 0.375rem; vertical-align: 0.1em; }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.active { background: var(--active-soft); color: var(--active); }
.badge.warn { background: var(--warn-soft); color: var(--warn); }
.badge.bad { background: var(--bad-soft); color: var(--bad); }
progress {
  appearance: none; -webkit-appearance: none; width: 100%; min-width: 6rem; height: 0.5rem; border: 0;
  border-radius: 999px; overflow: hidden; background: var(--bar-rest); display: block; margin: 0.3125rem 0 0.1875rem;
}
progress::-webkit-progress-bar { background: var(--bar-rest); border-radius: 999px; }
progress::-webkit-progress-value { background: var(--bar); border-radius: 999px; }
progress::-moz-progress-bar { background: var(--bar); border-radius: 999px; }
.head { display: flex; flex-wrap: wrap; gap: 0.375rem 0.875rem; align-items: center; }
.head h1 { margin: 0; }
.what { color: var(--muted); font-size: 1rem; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.875rem 1.125rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.875rem 1.25rem; margin: 0; }
.facts div { min-width: 0; }
.facts dt { color: var(--muted); font-size: 0.8125rem; }
.facts dd { margin: 0; font-size: 1.125rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.facts dd small { font-size: 0.8125rem; font-weight: 400; color: var(--muted); display: block; }
.progress { margin: 0 0 1rem; }
.progress progress { height: 0.75rem; }
.notice {
  border: 1px solid var(--line); border-left: 4px solid var(--active); border-radius: 6px; background: var(--panel);
  padding: 0.625rem 1rem; margin: 0.875rem 0;
}
.notice.warn { border-left-color: var(--warn); background: var(--warn-soft); }
.notice.bad { border-left-color: var(--bad); background: var(--bad-soft); }
.notice p, .notice ul { margin: 0.125rem 0; max-width: none; }
.notice ul { padding-left: 1.25rem; }
.pairs { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 0.25rem 1.25rem; margin: 0; }
.pairs dt { color: var(--muted); }
.pairs dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.command { margin: 0 0 0.875rem; }
.command p { margin: 0 0 0.25rem; }
.command .line {
  display: flex; gap: 0.5rem; align-items: flex-start; background: var(--head); border: 1px solid var(--line);
  border-radius: 6px; padding: 0.4375rem 0.625rem;
}
.command code { flex: 1; min-width: 0; white-space: pre-wrap; padding: 0.125rem 0; }
.command button { font-size: 0.8125rem; padding: 0.0625rem 0.625rem; background: var(--panel); }
.filters, .pager { display: flex; flex-wrap: wrap; gap: 0.375rem 0.5rem; align-items: center; margin: 0.625rem 0; }
.filters a, .pager a {
  border: 1px solid var(--line); border-radius: 999px; padding: 0.125rem 0.75rem; text-decoration: none;
  color: var(--text); background: var(--panel); font-size: 0.875rem;
}
.filters a:hover, .pager a:hover { border-color: var(--accent); }
.filters a[aria-current] { background: var(--accent-soft); border-color: var(--accent); color: var(--accent); font-weight: 600; }
.filters label { display: inline-flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; max-width: 100%; }
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.75rem 0; align-items: center; }
.hash { color: var(--muted); }
.runs td, .runs tbody th, code.nowrap { white-space: nowrap; }
.runs td { min-width: 3.5rem; }
.jumps { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 1rem 0 0; font-size: 0.875rem; }
.why { white-space: normal; min-width: 12rem; max-width: 22rem; margin: 0.25rem 0 0; font-size: 0.8125rem; }
.runs tbody tr:hover { background: var(--head); }
main:has(> .login) { max-width: 24rem; padding-top: 12vh; }
.login {
  display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.875rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 1.125rem;
}
.login p { margin: 0; color: var(--bad); }
.login label { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.25rem; }
.login button { justify-self: start; }
details > summary { cursor: pointer; padding: 0.25rem 0; }
@media (max-width: 40rem) {
  main { padding: 0.875rem 0.75rem 3rem; }
  header { padding: 0.5rem 0.75rem; }
  th, td { padding: 0.375rem 0.625rem; }
  .runs tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 7rem; max-width: 9rem; }
  .why { min-width: 10rem; }
  .pairs { grid-template-columns: 1fr; gap: 0; }
  .pairs dd { margin: 0 0 0.5rem; }
}
@media (prefers-reduced-motion: no-preference) { progress::-webkit-progress-value { transition: width 0.3s; } }
@media print { header, .actions, .pager, .filters { display: none; } body { background: none; } }
`;
