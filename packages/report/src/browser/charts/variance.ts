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
export function mountVariance(_place: HTMLElement, _options: VarianceOptions): Chart {
  return { destroy: () => {} };
}
