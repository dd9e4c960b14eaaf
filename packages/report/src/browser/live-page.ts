/** The script of the live page of a run in the dashboard. */
export {};
