/** What machines and requests cost: the price table, and the cost of a run. Pure. */
export {};
