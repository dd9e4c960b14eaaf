/** The live page: partition grid, workers, rate. */
export const LIVE_STYLE = '';
