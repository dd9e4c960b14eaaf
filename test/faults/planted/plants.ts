import { NUMBER_PLANTS } from './numbers.ts';
import type { Plant } from './plant.ts';
import { RAW_PLANTS } from './raw.ts';
import { RECORD_PLANTS } from './records.ts';
import { DEEP_ROW_PLANTS } from './rows.ts';

/** Every fault that is planted, by what it is about. */
export const PLANTS: Readonly<Record<string, readonly Plant[]>> = {
  'a file damaged': RAW_PLANTS,
  'rows and quarantine': DEEP_ROW_PLANTS,
  'sums, PCA, projection': NUMBER_PLANTS,
  'partitions, records, listing, CSV': RECORD_PLANTS,
};
