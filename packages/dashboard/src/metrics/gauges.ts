import type { Backlog } from '@verger/run-index';
import { QUEUE_NAMES, type QueueFigures, type RunFigures } from './figures.ts';

/** One look: what each place and Redis said. */
export interface Look {
  /** Epoch ms. */
  readonly nowMs: number;
  /** `runs` undefined: the place does not answer. */
  readonly places: readonly { readonly place: string; readonly runs: readonly RunFigures[] | undefined }[];
  /** Null: Redis does not answer. Undefined: the dashboard was given none. */
  readonly queue: QueueFigures | null | undefined;
}

/** Labels and the value of one series. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One metric: `read` is pure. */
export interface GaugeRow {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  read(look: Look): readonly Sample[];
}

/** Runs that have series of their own: those under way that moved last. */
const MOST_RUNS = 100;
const STATES = ['planned', 'running', 'failed', 'cancelled', 'done', 'damaged'] as const;
const ROLES = ['worker', 'reducer'] as const;
const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/** A sample for each run under way, at most 100; none where the value is not known. */
function ofRuns(read: (run: RunFigures, look: Look) => number | undefined) {
  return (look: Look): Sample[] =>
    runningRuns(look).flatMap(({ place, run }): Sample[] => {
      const value = read(run, look);
      return value === undefined ? [] : [[{ place, run: run.runId }, value]];
    });
}

function runningRuns({ places }: Look) {
  const running = places.flatMap(({ place, runs = [] }) =>
    runs.filter(({ state }) => state === 'running').map((run) => ({ place, run })),
  );
  return running.sort((a, b) => (b.run.movedMs ?? 0) - (a.run.movedMs ?? 0)).slice(0, MOST_RUNS);
}

function backlogs(read: (backlog: Backlog) => number) {
  return (look: Look): Sample[] =>
    runningRuns(look).flatMap(({ place, run: { runId: run, backlog } }): Sample[] => [
      [{ place, run, stage: 'extract' }, read(backlog.extract)],
      [{ place, run, stage: 'project' }, read(backlog.project)],
    ]);
}

/** Nothing while Redis does not answer: old numbers would look like new ones. */
function ofQueue(read: (queue: QueueFigures, look: Look) => readonly Sample[]) {
  return (look: Look) => (look.queue === null || look.queue === undefined ? [] : read(look.queue, look));
}

const seconds = (fromMs: number, toMs: number) => Math.max(0, toMs - fromMs) / 1000;

const RUN = ['place', 'run'];

const RUN_ROWS: readonly GaugeRow[] = [
  {
    ...{ name: 'verger_place_up', help: '1 while the runs of a place can be read.', labels: ['place'] },
    read: ({ places }) => places.map(({ place, runs }) => [{ place }, runs === undefined ? 0 : 1]),
  },
  {
    ...{ name: 'verger_runs', help: 'Runs of a place, by state.', labels: ['place', 'state'] },
    read: ({ places }) =>
      places.flatMap(({ place, runs }) =>
        runs === undefined
          ? []
          : STATES.map((state): Sample => {
              return [{ place, state }, runs.filter((run) => run.state === state).length];
            }),
      ),
  },
  {
    ...{ name: 'verger_run_images', help: 'Listed images of a run under way.', labels: RUN },
    read: ofRuns(({ images }) => images),
  },
  {
    ...{ name: 'verger_backlog_images', labels: [...RUN, 'stage'] },
    help: 'Images whose partitions a stage of a run under way has yet to do.',
    read: backlogs(({ images }) => images),
  },
  {
    ...{ name: 'verger_backlog_partitions', labels: [...RUN, 'stage'] },
    help: 'Partitions that a stage of a run under way has yet to do.',
    read: backlogs(({ partitions }) => partitions),
  },
  {
    ...{ name: 'verger_run_quarantined_ratio', labels: RUN },
    help: 'Share of the images of a run under way that are in quarantine, of those that are done.',
    read: ofRuns(({ extracted, quarantined }) => quarantined / Math.max(1, extracted + quarantined)),
  },
  {
    ...{ name: 'verger_run_last_commit_age_seconds', labels: RUN },
    help: 'Since a partition of a run under way was committed, or the run was submitted.',
    read: ofRuns(({ movedMs }, { nowMs }) => (movedMs === null ? undefined : seconds(movedMs, nowMs))),
  },
];

const QUEUE_ROWS: readonly GaugeRow[] = [
  {
    ...{ name: 'verger_redis_up', help: '1 while Redis answers the dashboard.', labels: [] },
    read: ({ queue }) => (queue === undefined ? [] : [[{}, queue === null ? 0 : 1]]),
  },
  {
    ...{ name: 'verger_redis_used_memory_bytes', help: 'Memory that Redis uses.', labels: [] },
    read: ofQueue(({ usedBytes }) => [[{}, usedBytes]]),
  },
  {
    ...{ name: 'verger_redis_max_memory_bytes', help: 'maxmemory of Redis; 0 for no limit.', labels: [] },
    read: ofQueue(({ maxBytes }) => [[{}, maxBytes]]),
  },
  {
    ...{ name: 'verger_processes_alive', labels: ['role'] },
    help: 'Workers and reducers with a heartbeat in Redis.',
    read: ofQueue(({ processes }) => ROLES.map((role) => [{ role }, processes[role].alive])),
  },
  {
    ...{ name: 'verger_processes_troubled', labels: ['role'] },
    help: 'Of those: processes that can do nothing at present.',
    read: ofQueue(({ processes }) => ROLES.map((role) => [{ role }, processes[role].troubled])),
  },
  {
    ...{
      name: 'verger_queue_jobs',
      help: 'Jobs of all runs, by queue and state.',
      labels: ['queue', 'state'],
    },
    read: ofQueue(({ counts }) =>
      QUEUE_NAMES.flatMap((queue) =>
        JOB_STATES.map((state): Sample => [{ queue, state }, counts[queue][state]]),
      ),
    ),
  },
  {
    ...{ name: 'verger_queue_oldest_waiting_seconds', labels: ['queue'] },
    help: 'Age of the job that waits for longest; 0 when none waits.',
    read: ofQueue(({ oldestMs }, { nowMs }) =>
      QUEUE_NAMES.map((queue) => [{ queue }, seconds(oldestMs[queue] ?? nowMs, nowMs)]),
    ),
  },
];

/** The metrics of the dashboard beside those of its process. */
export const GAUGES: readonly GaugeRow[] = [...RUN_ROWS, ...QUEUE_ROWS];
