/** Charts: variance, timeline, heat map, thumbnails; in the report and in the dashboard. */
export const CHART_STYLE = '';
