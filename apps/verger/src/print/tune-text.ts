import { formatBytes, type Precision } from '@verger/core';
import type { Cores, TuneResult } from '../plan/tune-settings.ts';
import { formatTable } from './text.ts';

/** Options for the command line and `verger.config.json`. */
export interface TuneOptions {
  readonly processes: number;
  readonly childMemory: string;
}

/** What int8 gives: options and its rate over float32's, or why it is not suggested or was not measured. */
export type TunedInt8 =
  | { readonly measured: true; readonly suggestion: TuneOptions; readonly timesFloat32: number }
  | { readonly measured: true; readonly suggestion: null; readonly reason: string }
  | { readonly measured: false; readonly reason: string };

/** What `doctor --tune` found. */
export interface Tuned extends Cores {
  readonly images: number;
  readonly source: string;
  readonly results: readonly TuneResult[];
  readonly untried: readonly { readonly precision: Precision; readonly processes: number }[];
  readonly busy: boolean;
  readonly suggestion: TuneOptions;
  readonly int8: TunedInt8;
  readonly tookMs: number;
}

const HEAD = [
  ...['precision', 'processes', 'images/s', 'per core', 'cores used', 'memory per child', 'start'],
];

const row = (one: TuneResult): string[] => [
  one.precision,
  String(one.processes),
  one.imagesPerSecond.toFixed(1),
  one.imagesPerSecondPerCore.toFixed(1),
  one.coresUsed.toFixed(1),
  formatBytes(Math.max(...one.childBytes)),
  `${(one.startMs / 1000).toFixed(1)} s`,
];

/** What the second thread of each core brings, of each precision; nothing where cores have one thread. */
function threadLines({ threads, cores, results }: Tuned): string[] {
  if (cores === threads) return [];
  const rateOf = (precision: Precision, processes: number) =>
    results.find((one) => one.precision === precision && one.processes === processes)?.imagesPerSecond;
  return (['float32', 'int8'] as const).flatMap((precision) => {
    const [perCore, perThread] = [rateOf(precision, cores), rateOf(precision, threads)];
    if (perCore === undefined || perThread === undefined) return [];
    const gain = Math.round((perThread / perCore - 1) * 100);
    const percent = `${gain < 0 ? '−' : '+'}${Math.abs(gain)} %`;
    return [`${precision.padEnd(10)}  one process per thread: ${percent} over one per core`];
  });
}

const words = ({ processes, childMemory }: TuneOptions) =>
  `--processes ${processes} --child-memory ${childMemory}`;

const inConfig = (options: object) => `or, in verger.config.json: ${JSON.stringify(options)}`;

function int8Lines(int8: TunedInt8): string[] {
  if (!int8.measured) return [`int8        not measured: ${int8.reason}`];
  if (int8.suggestion === null) return [`int8        no suggestion: ${int8.reason}`];
  const times = `${int8.timesFloat32.toFixed(2)} times the images/s`;
  return [
    `with int8   --precision int8 ${words(int8.suggestion)} (${times})`,
    inConfig({ precision: 'int8', ...int8.suggestion }),
  ];
}

/** The text of `doctor --tune`; its table fits 80 columns. */
export function tuneText(tuned: Tuned): string {
  const { images, source, results, untried, busy, suggestion, tookMs, threads, cores } = tuned;
  const hardware = threads === cores ? `${cores} cores` : `${cores} cores with ${threads} threads`;
  const left = untried.map(({ precision, processes }) => `${precision} with ${processes}`);
  return [
    ...(busy
      ? ['WARNING: the machine was busy with something else; measure again when it is idle.', '']
      : []),
    `repeated extraction of ${images} images (${source})`,
    `on ${hardware}, ${Math.round(tookMs / 1000)} s in all`,
    '',
    formatTable([HEAD, ...results.map(row)], [1, 2, 3, 4, 5, 6]),
    '',
    ...threadLines(tuned),
    `suggested   ${words(suggestion)}`,
    inConfig(suggestion),
    ...int8Lines(tuned.int8),
    ...(left.length > 0 ? [`not measured, for lack of time: ${left.join(', ')} processes`] : []),
  ].join('\n');
}
