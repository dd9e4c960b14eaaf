import { type Audit, canonical } from './context.ts';
import { TIMELINE } from './names.ts';
import { timelineShape } from './record-shapes.ts';
import { type Commit, readRecord } from './records.ts';

type Worker = Commit['worker'];

interface Timeline {
  readonly runIdentity: string;
  readonly epoch: number;
  readonly originMs: number;
  readonly workers: readonly Worker[];
  readonly partitions: Readonly<Record<string, readonly number[]>>;
  readonly codes: readonly {
    readonly partition: number;
    readonly counts: Readonly<Record<string, number>>;
  }[];
  readonly failures: readonly {
    readonly partition: number | null;
    readonly epoch: number;
    readonly worker: number;
    readonly atMs: number;
  }[];
}

/**
 * Checks `timeline.json`, where there is one: releases before 0.3 wrote none. Its columns are those of the
 * commits; its failures are of this run, and in order.
 */
export async function checkTimeline(
  audit: Audit,
  found: { readonly identity: string; readonly epochs: number; readonly commits: readonly Commit[] },
): Promise<void> {
  const timeline = await readRecord<Timeline>(audit, TIMELINE, timelineShape, 'line');
  if (timeline === undefined) return;
  const fault = (text: string) => audit.fault(TIMELINE, text);
  const { commits } = found;
  if (timeline.runIdentity !== found.identity) fault('it is that of another run');
  if (timeline.epoch > found.epochs) fault(`there is no epoch ${timeline.epoch}`);
  const begins = commits.map(({ at, timings }) => Date.parse(at) - timings.wallMs);
  if (timeline.originMs !== Math.round(Math.min(...begins))) fault('it begins at another time');
  for (const [name, value] of Object.entries(COLUMNS)) {
    const column = commits.map((commit) => Math.round(value(commit, timeline.originMs)));
    if (canonical(timeline.partitions[name]) !== canonical(column))
      fault(`${name} is not that of the commits`);
  }
  const who = ({ host, pid, name }: Worker) => JSON.stringify([host, pid, name]);
  const named = timeline.partitions['worker']?.map((place) => timeline.workers[place]) ?? [];
  const same = commits.every(
    ({ worker }, part) => named[part] !== undefined && who(named[part]) === who(worker),
  );
  if (named.length !== commits.length || !same) fault('worker is not that of the commits');
  const codes = commits.flatMap(({ quarantined: counts }, partition) =>
    Object.keys(counts).length === 0 ? [] : [{ partition, counts }],
  );
  if (canonical(timeline.codes) !== canonical(codes)) fault('codes is not what the commits give');
  checkFailures(fault, timeline, found.epochs);
}

const COLUMNS: Readonly<Record<string, (commit: Commit, originMs: number) => number>> = {
  epoch: ({ epoch }) => epoch,
  attempt: ({ attempt }) => attempt,
  endMs: ({ at }, originMs) => Date.parse(at) - originMs,
  wallMs: ({ timings }) => timings.wallMs,
  extracted: ({ extracted }) => extracted,
  quarantined: ({ listed, extracted }) => listed - extracted,
  reused: ({ reused = 0 }) => reused,
  readMs: ({ timings }) => timings.readMs,
  decodeMs: ({ timings }) => timings.decodeMs,
  inferenceMs: ({ timings }) => timings.inferenceMs,
  encodeMs: ({ timings }) => timings.encodeMs,
};

function checkFailures(fault: (text: string) => void, timeline: Timeline, epochs: number): void {
  let before = Number.NEGATIVE_INFINITY;
  const partitions = timeline.partitions['epoch']?.length ?? 0;
  for (const { partition, epoch, worker, atMs } of timeline.failures) {
    if (atMs < before) fault('its failures are not in order');
    before = atMs;
    if (epoch > epochs) fault(`there is no epoch ${epoch}`);
    if (timeline.workers[worker] === undefined) fault(`there is no worker ${worker}`);
    if (partition !== null && partition >= partitions) fault(`there is no partition ${partition}`);
  }
}
