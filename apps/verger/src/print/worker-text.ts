import { formatCount, formatDuration, printable, type Report } from '@verger/core';
import { type PriceTable, workerTimeCost } from '@verger/cost';
import { money, range } from './fleet-text.ts';
import { formatTable, indent } from './text.ts';

/** Worker time by type of machine, and what it costs by the price table; '' for a run of one local process. */
export function workersText({ workers = [] }: Report, prices: PriceTable | undefined): string {
  if (workers.every(({ type }) => type === 'this machine')) return '';
  const costs = prices === undefined ? [] : workerTimeCost(workers, prices);
  const priced = costs.some(({ usdOnDemand }) => usdOnDemand !== null);
  const rows = workers.map(({ type, workers, images, seconds }, index) => {
    const cost = costs[index];
    const spot = cost?.usdSpot ?? null;
    const onDemand = cost?.usdOnDemand ?? null;
    const amounts = [onDemand === null ? '–' : money(onDemand), spot === null ? '–' : range(spot)];
    const rate = seconds === 0 ? '–' : (images / seconds).toFixed(1);
    const common = [
      printable(type),
      formatCount(workers),
      formatCount(images),
      formatDuration(seconds * 1000),
    ];
    return [...common, rate, ...(priced ? amounts : [])];
  });
  const head = ['machine', 'workers', 'images', 'time', 'images/s', ...(priced ? ['on demand', 'spot'] : [])];
  const table = indent(formatTable([head, ...rows], [1, 2, 3, 4, 5, 6]));
  const note = priced
    ? `\n  prices of ${prices?.region}, ${prices?.date}; without starting, draining and idle time`
    : '';
  return `Time with partitions under way, by machine\n${table}${note}`;
}
