import type { OptionEntry } from './option-entry.ts';
import { AUTOSCALER_OPTIONS } from './options-of-autoscaler.ts';
import { CLUSTER_OPTIONS } from './options-of-cluster.ts';
import { DASHBOARD_OPTIONS } from './options-of-dashboard.ts';
import { PROCESS_OPTIONS } from './options-of-processes.ts';
import { RESULT_OPTIONS } from './options-of-results.ts';
import { STORAGE_OPTIONS } from './options-of-storage.ts';

/** Every option with a flag, a variable and a key in the file: the source of `--help`, parsing and checks. */
export const OPTION_TABLE = [
  ...RESULT_OPTIONS,
  ...PROCESS_OPTIONS,
  ...CLUSTER_OPTIONS,
  ...DASHBOARD_OPTIONS,
  ...AUTOSCALER_OPTIONS,
  ...STORAGE_OPTIONS,
];

/** The name of an option of the table. */
export type OptionName = (typeof OPTION_TABLE)[number]['name'];

/** The flag without its argument: `--child-memory`. */
export function longFlag(entry: Pick<OptionEntry, 'flag'>): string {
  return entry.flag.split(' ')[0] ?? entry.flag;
}
