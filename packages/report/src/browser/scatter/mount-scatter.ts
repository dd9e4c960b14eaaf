import type { LabelFacts, Points } from '../../data/report-data.ts';
import type { Sprites } from '../sprites.ts';

/** What a scatter shows. */
export interface ScatterOptions {
  readonly points: Points;
  readonly labels: readonly LabelFacts[];
  readonly sprites: Sprites;
  /** Shares of the variance, one per component. */
  readonly variance: readonly number[];
  /** Where the whole photograph is, in the dashboard; undefined in a report, which asks for nothing. */
  readonly photographUrl?: ((path: string) => string) | undefined;
}

/** A scatter on the page. */
export interface Scatter {
  /** Shows only these labels (places in `labels`); null: all. */
  isolate(labels: readonly number[] | null): void;
  /** Removes it and what it listens to. */
  destroy(): void;
}

/** Fills `place` with the scatter, its legend and its list of chosen paths. */
export function mountScatter(_place: HTMLElement, _options: ScatterOptions): Scatter {
  return { isolate: () => {}, destroy: () => {} };
}
