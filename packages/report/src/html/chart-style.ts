import { REPORT_STYLE } from './report-style.ts';

/** What uPlot needs of its own style, which is not loaded. */
const LINES = `.uplot { position: relative; width: min-content; }
.uplot, .uplot * { box-sizing: border-box; }
.u-wrap { position: relative; user-select: none; }
.u-over, .u-under { position: absolute; }
.u-under { overflow: hidden; }
.uplot canvas { display: block; position: relative; width: 100%; height: 100%; }
.u-axis { position: absolute; }
.u-select, .u-cursor-x, .u-cursor-y, .u-cursor-pt { position: absolute; left: 0; top: 0; pointer-events: none; }
.u-cursor-x { height: 100%; border-right: 1px dashed var(--muted); }
.u-cursor-pt { border-radius: 50%; border: 0 solid; background-clip: padding-box; will-change: transform; }
.u-off { display: none; }
.variance-chart { min-height: 300px; max-width: 56rem; }
`;

const TIMELINE = `.timeline { position: relative; }
.timeline-rows {
  position: relative; max-height: 40rem; overflow: hidden auto; background: var(--panel);
  border: 1px solid var(--line); border-radius: 8px; padding: 0 0 4px;
}
.timeline-axis { display: block; position: sticky; top: 0; background: var(--panel); z-index: 1; }
.timeline-stack { position: relative; }
.timeline-stack canvas { display: block; touch-action: pan-y; cursor: crosshair; }
.timeline-stack canvas:focus-visible { outline-offset: -2px; }
.timeline-over { position: absolute; left: 0; top: 0; pointer-events: none; }
`;

const HEAT_MAP = `.heat-scroll { position: relative; overflow: auto hidden; padding: 2px; }
.heat { width: max-content; }
.heat canvas { touch-action: pan-x pan-y; }
.key { display: flex; flex-wrap: wrap; gap: 0.125rem 1.25rem; max-width: none; }
.key-item { display: inline-flex; align-items: center; gap: 0.375rem; }
.swatch { display: inline-block; width: 0.75rem; height: 0.75rem; border-radius: 2px; background: var(--bar); }
.keys p { margin: 0.25rem 0; }
.keys .swatch { width: 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
`;

/** Charts: variance, timeline, heat map, thumbnails; in the report and in the dashboard. */
export const CHART_STYLE = `${LINES}${TIMELINE}${HEAT_MAP}.chart-tools {
  display: flex; flex-wrap: wrap; gap: 0.375rem; margin: 0.5rem 0; align-items: center;
}
.chart-tools:empty { display: none; }
.chart-tools button { font-size: 0.8125rem; padding: 0.125rem 0.625rem; }
.tip {
  position: absolute; z-index: 3; pointer-events: none; display: grid; max-width: min(22rem, 90%);
  background: var(--panel); border: 1px solid var(--muted); border-radius: 6px; padding: 0.3125rem 0.625rem;
  font-size: 0.8125rem; overflow-wrap: anywhere; box-shadow: 0 2px 8px rgb(0 0 0 / 18%);
}
.tip[hidden] { display: none; }
.readout { min-height: 1.5em; margin: 0.25rem 0; font-variant-numeric: tabular-nums; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
.thumb, .strip { display: block; background: var(--head); border-radius: 4px; }
.strip { max-width: none; }
${REPORT_STYLE}@media print { .chart-tools, .tip { display: none; } }
`;
