import { instancePrice, type PriceTable } from './prices.ts';

/** What workers of one type did, as a report has it. */
export interface WorkerTime {
  /** An instance type, or what is known in its place. */
  readonly type: string;
  readonly seconds: number;
}

/** What that time costs; null for a type that the table does not have. USD. */
export interface WorkerTimeCost extends WorkerTime {
  readonly usdOnDemand: number | null;
  readonly usdSpot: readonly [low: number, high: number] | null;
}

/** The cost of time that workers spent on a run: without their boot, their drain and their idle time. Pure. */
export function workerTimeCost(times: readonly WorkerTime[], prices: PriceTable): WorkerTimeCost[] {
  return times.map(({ type, seconds }) => {
    const price = instancePrice(prices, type);
    const hours = seconds / 3600;
    const spot = price?.spot ?? null;
    return {
      ...{ type, seconds },
      usdOnDemand: price === undefined ? null : price.onDemand * hours,
      usdSpot: spot === null ? null : [spot[0] * hours, spot[1] * hours],
    };
  });
}
