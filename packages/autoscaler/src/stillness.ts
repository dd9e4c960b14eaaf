import type { FleetState, RunDemand } from './desired-capacity.ts';
import type { Seen } from './run-watch.ts';

/** Workers that are there and get nothing done for so long get nothing done later either. */
const STILL_MS = 15 * 60_000;
/** Runs in the queue without a single job that anybody could take: its jobs were lost. */
const EMPTY_MS = 60_000;

/**
 * Sees that runs do not hold machines for ever: when vCPUs run for 15 minutes and no image is done, or the
 * queue has no job for a minute, runs count as lost until an image is done or another run or epoch comes.
 */
export class Stillness {
  private runs = '';
  private stillMs = 0;
  private emptyMs = 0;
  private atMs: number | undefined;

  /** Why the runs that were seen are to get no workers; undefined: they are. */
  note(seen: Seen, fleet: Pick<FleetState, 'runningVcpus'>, nowMs: number): string | undefined {
    const passedMs = nowMs - (this.atMs ?? nowMs);
    this.atMs = nowMs;
    const runs = seen.runs
      .map(({ location, demand }) => `${demand.submittedMs} ${location}`)
      .sort()
      .join('\n');
    if (runs !== this.runs || seen.imagesDone > 0) this.reset(runs);
    const hasWork = seen.runs.some(({ demand }) => isForWorkers(demand));
    this.emptyMs = hasWork && seen.jobs === 0 ? this.emptyMs + passedMs : 0;
    if (hasWork && fleet.runningVcpus > 0) this.stillMs += passedMs;
    if (this.stillMs >= STILL_MS) return STILL;
    return this.emptyMs >= EMPTY_MS ? EMPTY : undefined;
  }

  /** After a time in which nothing was seen: what passed meanwhile does not count. */
  skip(): void {
    this.atMs = undefined;
  }

  private reset(runs: string): void {
    this.runs = runs;
    this.stillMs = 0;
    this.emptyMs = 0;
  }
}

/** True while workers have something to do: not during a reduce or at the end. */
function isForWorkers({ reducing, extract, project }: RunDemand): boolean {
  return !reducing && extract.partitions + project.partitions > 0;
}

const STILL =
  'Workers ran for 15 minutes and no image was done: see the failed attempts of the runs. No workers until ' +
  'an image is done or a run is submitted or resumed.';
const EMPTY =
  'The queue has no job of the runs that are under way: their jobs were lost. No workers until they are ' +
  'resumed.';
