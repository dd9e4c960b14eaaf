/** The scatter with its legend, in the report and in the dashboard. */
export const SCATTER_STYLE = '';
