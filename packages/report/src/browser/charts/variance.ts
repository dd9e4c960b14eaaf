import { formatCount, formatShare } from '@verger/core';
import type uPlot from 'uplot';
import { element, onColourScheme } from '../elements.ts';
import { onWidth } from './canvas.ts';
import { plotIn } from './variance-plot.ts';

/** What the chart of the cumulative variance shows. */
export interface VarianceOptions {
  /** Shares of the variance, one per component. */
  readonly shares: readonly number[];
  /** Components that were kept. */
  readonly k: number;
  /** The share that was asked for; null where a number of components was. */
  readonly target: number | null;
}

/** A chart on the page. */
export interface Chart {
  /** Removes it and what it listens to. */
  destroy(): void;
}

/** Fills `place` with the cumulative variance, the chosen k marked. */
export function mountVariance(place: HTMLElement, options: VarianceOptions): Chart {
  const { shares } = options;
  const cumulative = cumulativeOf(shares);
  const useful = usefulComponents(shares.length, options.k);
  const readout = element('p', { class: 'readout small muted', role: 'status' });
  const box = element('div', { class: 'variance-chart', tabindex: 0, role: 'application' });
  box.setAttribute(
    'aria-label',
    `Line chart of the cumulative variance by number of components; ${options.k} are kept. \
Left and right arrow keys read it.`,
  );
  const all = element('button', { type: 'button', class: 'plain' });
  const tools = element('div', { class: 'chart-tools' }, useful < shares.length ? [all] : []);
  place.replaceChildren(tools, box, readout);
  const say = (at: number | null | undefined) => {
    readout.textContent = readoutOf(options, cumulative, at ?? options.k - 1);
  };
  let plot: uPlot | undefined;
  let width = 0;
  let isWhole = useful >= shares.length;
  const nameButton = () => {
    const which = isWhole
      ? `the first ${formatCount(useful)}`
      : `all ${formatCount(shares.length)} components`;
    all.textContent = `Show ${which}`;
  };
  nameButton();
  const draw = () => {
    plot?.destroy();
    if (width > 0)
      plot = plotIn(box, { options, cumulative, width, last: isWhole ? shares.length : useful, say });
  };
  const ending = new AbortController();
  const { signal } = ending;
  all.addEventListener(
    'click',
    () => {
      isWhole = !isWhole;
      nameButton();
      draw();
    },
    { signal },
  );
  box.addEventListener('keydown', (event) => onKey(event, plot, isWhole ? shares.length : useful), {
    signal,
  });
  const ends = [
    onWidth(box, (now) => {
      width = now;
      draw();
    }),
    onColourScheme(draw),
  ];
  say(undefined);
  return {
    destroy: () => {
      ending.abort();
      for (const end of ends) end();
      plot?.destroy();
      place.replaceChildren();
    },
  };
}

/** The running total of shares, at most 1. */
export function cumulativeOf(shares: readonly number[]): number[] {
  let total = 0;
  return shares.map((share) => {
    total += share;
    return Math.min(1, total);
  });
}

/** How many components the chart shows at first: k and as many beyond it, and no less than ten. */
export function usefulComponents(all: number, k: number): number {
  return Math.min(all, Math.max(10, 2 * k));
}

function readoutOf({ shares, k }: VarianceOptions, cumulative: readonly number[], at: number): string {
  const [share, own] = [cumulative[at], shares[at]];
  if (share === undefined || own === undefined) return '';
  const chosen = at + 1 === k ? ' (k: these are kept)' : '';
  const many = at === 0 ? 'The first component keeps' : `${formatCount(at + 1)} components keep`;
  return `${many} ${formatShare(share)} of the variance; component ${formatCount(at + 1)} alone ${formatShare(own)}${chosen}.`;
}

function onKey(event: KeyboardEvent, plot: uPlot | undefined, last: number): void {
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -last, End: last }[event.key];
  if (step === undefined || plot === undefined) return;
  event.preventDefault();
  const now = plot.cursor.idx ?? -1;
  const at = Math.max(0, Math.min(last - 1, now + step));
  const left = plot.valToPos(at + 1, 'x');
  const top = plot.valToPos(plot.data[1]?.[at] ?? 0, 'y');
  plot.setCursor({ left, top });
}
