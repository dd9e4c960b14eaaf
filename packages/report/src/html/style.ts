import { CHART_STYLE } from './chart-style.ts';
import { SCATTER_STYLE } from './scatter-style.ts';
import { PARTS_STYLE } from './style-parts.ts';

const BASE = `:root {
  color-scheme: light dark;
  --page: #f6f7f6; --panel: #ffffff; --text: #1b211d; --muted: #566059; --line: #dde2de; --head: #eef1ee;
  --accent: #14663a; --accent-soft: #dcefe3; --bar: #2f9e5f; --bar-rest: #e3e8e4;
  --good: #14663a; --active: #1d5bb8; --warn: #8a5300; --bad: #b3261e; --quiet: #566059; --retried: #c9821a;
  --good-soft: #dcefe3; --active-soft: #dfeafb; --warn-soft: #fdeccb; --bad-soft: #fbe1df; --quiet-soft: #e8ece9;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121614; --panel: #1a1f1c; --text: #e6ebe7; --muted: #9fada4; --line: #2d3530; --head: #212823;
    --accent: #7ed6a2; --accent-soft: #1d3a2a; --bar: #3fb574; --bar-rest: #2d3530;
    --good: #7ed6a2; --active: #93bbf7; --warn: #f0bf6a; --bad: #ff9d94; --quiet: #aab8af; --retried: #e0a53c;
    --good-soft: #1d3a2a; --active-soft: #1d2f4b; --warn-soft: #40300f; --bad-soft: #4a1f1c; --quiet-soft: #28302b;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--active); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; top: 0; background: var(--panel); padding: 0.5rem 1rem; z-index: 2; }
.skip:focus { left: 0; }
header {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.5rem; padding: 0.5rem 1.25rem;
  background: var(--panel); border-bottom: 1px solid var(--line);
}
header nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; align-items: baseline; }
header nav a { color: var(--text); text-decoration: none; padding: 0.25rem 0; }
header nav a:hover { text-decoration: underline; }
header .brand { font-weight: 700; color: var(--accent); letter-spacing: 0.01em; }
header p { margin: 0 0 0 auto; color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
header p:empty { display: none; }
header #refreshed:empty ~ form { margin-left: auto; }
header #trouble { margin-left: 0; color: var(--bad); }
main { max-width: 84rem; margin: 0 auto; padding: 1.25rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0.25rem 0 0.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; margin: 2.25rem 0 0.625rem; }
h3 { font-size: 0.9375rem; margin: 1.25rem 0 0.375rem; }
p { margin: 0.5rem 0; max-width: 75ch; overflow-wrap: anywhere; }
code, pre, .mono { font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
form { margin: 0; }
button, .button {
  font: inherit; color: var(--panel); background: var(--accent); border: 1px solid var(--accent);
  border-radius: 6px; padding: 0.3125rem 0.875rem; cursor: pointer; text-decoration: none; display: inline-block;
}
button:hover, .button:hover { filter: brightness(1.1); }
button.plain, .button.plain { background: transparent; color: var(--text); border-color: var(--line); }
button.danger { background: var(--bad); border-color: var(--bad); }
input, select {
  font: inherit; color: var(--text); background: var(--panel); border: 1px solid var(--muted);
  border-radius: 6px; padding: 0.3125rem 0.625rem; max-width: 100%;
}
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
caption { text-align: left; color: var(--muted); padding: 0.5rem 0.75rem; font-size: 0.8125rem; }
th, td { text-align: left; padding: 0.4375rem 0.75rem; vertical-align: top; border-top: 1px solid var(--line); }
thead th { background: var(--head); font-size: 0.8125rem; font-weight: 600; color: var(--muted); white-space: nowrap; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.long { overflow-wrap: anywhere; min-width: 14rem; }
td.nowrap { white-space: nowrap; }
.muted { color: var(--muted); }
.small { font-size: 0.8125rem; }
`;

/** The style of all pages: light and dark, from 360 px, without a font or a picture from elsewhere. */
export const STYLE = `${BASE}${PARTS_STYLE}${SCATTER_STYLE}${CHART_STYLE}`;
