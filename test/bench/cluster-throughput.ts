import { markdownTable } from '@verger/testkit/built';
import { clusterRun, differingFiles, localRun, type MeasuredRun } from './cluster-runs.ts';
import type { ClusterSite } from './cluster-site.ts';
import { type PartResult, verdictOf } from './cluster-verdict.ts';
import { median } from './machine.ts';

const LEAST_SHARE = 0.85;
const LEAST_GAIN = 1.55;
const MOST_CPU = 1.25;

const rate = ({ extracted, totalMs }: MeasuredRun) => (extracted * 1000) / totalMs;
const extractRate = ({ extracted, extractMs }: MeasuredRun) => (extracted * 1000) / extractMs;
const cpuOf = ({ extracted, cpuMs }: MeasuredRun) => cpuMs / extracted;

/** One local process, one worker and two workers, in turns. */
export async function throughputPart(site: ClusterSite, rounds: number): Promise<PartResult> {
  const [local, one, two]: [MeasuredRun[], MeasuredRun[], MeasuredRun[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    local.push(said('local', await localRun(site, `local-${round}`)));
    one.push(said('one worker', await clusterRun(site, `one-${round}`, 1)));
    two.push(said('two workers', await clusterRun(site, `two-${round}`, 2)));
  }
  const kinds = [
    ['local executor, local folder', local],
    ['one worker, Redis and S3', one],
    ['two workers, Redis and S3', two],
  ] as const;
  const rows = kinds.map(([name, runs]) => [
    name,
    ...[rate, extractRate, cpuOf].map((pick) => cell(runs.map(pick))),
  ]);
  const of = (runs: readonly MeasuredRun[], pick: (run: MeasuredRun) => number) => median(runs.map(pick));
  const share = of(one, rate) / of(local, rate);
  const gain = of(two, rate) / of(one, rate);
  const cpu = [one, two].map((runs) => of(runs, cpuOf) / of(local, cpuOf));
  const expected = local[0]!.hashes;
  const other = [...local, ...one, ...two].flatMap(({ hashes }) => differingFiles(expected, hashes));
  const head = ['median (rounds)', 'images/s, whole run', 'images/s, features', 'CPU per image, ms'];
  return {
    text: `${local[0]!.extracted} photographs, one child per process, ${rounds} rounds in turns. CPU: coordinator, workers, reducer and their children; not the S3 server and Redis.\n\n${markdownTable([head, ...rows], [1, 2, 3])}`,
    verdicts: [
      verdictOf('one worker, share of the local executor', share, { least: LEAST_SHARE }),
      verdictOf('the same, features alone', of(one, extractRate) / of(local, extractRate), {}),
      verdictOf('two workers, times one', gain, { least: LEAST_GAIN }),
      verdictOf('the same, features alone', of(two, extractRate) / of(one, extractRate), {}),
      verdictOf('CPU per image, one worker, times local', cpu[0]!, { most: MOST_CPU }),
      verdictOf('CPU per image, two workers, times local', cpu[1]!, { most: MOST_CPU }),
      verdictOf('promised files that differ', other.length, { most: 0 }),
    ],
  };
}

function cell(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${values.map((value) => value.toFixed(1)).join(', ')})`;
}

function said(what: string, run: MeasuredRun): MeasuredRun {
  const { totalMs, extractMs } = run;
  process.stderr.write(
    `${what}: ${(totalMs / 1000).toFixed(1)} s, features ${(extractMs / 1000).toFixed(1)} s, CPU ${cpuOf(run).toFixed(2)} ms per image\n`,
  );
  return run;
}

/** Three workers, and the local executor on S3, hold the bytes of a local run. */
export async function bytesPart(site: ClusterSite): Promise<PartResult> {
  const local = said('local', await localRun(site, 'bytes-local'));
  const remote = said('local executor on S3', await localRun(site, 'bytes-remote', true));
  const three = said('three workers', await clusterRun(site, 'bytes-three', 3));
  const files = Object.keys(local.hashes).length;
  const kinds = [
    ['local executor, local folder', local],
    ['local executor, images and results on S3', remote],
    ['three workers, Redis and S3', three],
  ] as const;
  const rows = kinds.map(([name, run]) => [name, rate(run).toFixed(1), extractRate(run).toFixed(1)]);
  return {
    text: `${local.extracted} photographs, one child per process, once each; ${files} promised files.\n\n${markdownTable([['', 'images/s, whole run', 'images/s, features'], ...rows], [1, 2])}`,
    verdicts: [
      verdictOf(
        'promised files that differ, local on S3',
        differingFiles(local.hashes, remote.hashes).length,
        {
          most: 0,
        },
      ),
      verdictOf(
        'promised files that differ, three workers',
        differingFiles(local.hashes, three.hashes).length,
        {
          most: 0,
        },
      ),
    ],
  };
}
