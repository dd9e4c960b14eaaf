import type { RunDemand } from './desired-capacity.ts';
import type { FleetSeen } from './fleet.ts';
import type { Seen } from './run-watch.ts';

/**
 * vCPUs that get nothing done for so long get nothing done later either. Shorter than the 15 minutes of the
 * alarm in infra/aws, which would otherwise come first.
 */
const STILL_MS = 10 * 60_000;
/** Runs in the queue without a single job that anybody could take: its jobs were lost. */
const EMPTY_MS = 60_000;

/**
 * Keeps runs from holding machines for ever. When vCPUs are in service for 10 minutes and no image is done,
 * or the queue has no job for a minute, runs get none until an image is done, or another run or epoch comes.
 * Those that only wait for a reduce get them again after it.
 */
export class Stillness {
  private runs = '';
  private hadWork = false;
  private stillMs = 0;
  private emptyMs = 0;
  private atMs: number | undefined;

  /** Why the runs that were seen are to get no workers; undefined: they are. */
  note(seen: Seen, fleet: Pick<FleetSeen, 'inServiceVcpus'>, nowMs: number): string | undefined {
    const passedMs = nowMs - (this.atMs ?? nowMs);
    this.atMs = nowMs;
    const runs = seen.runs
      .map(({ location, demand }) => `${demand.submittedMs} ${location}`)
      .sort()
      .join('\n');
    const hasWork = seen.runs.some(({ demand }) => isForWorkers(demand));
    if (runs !== this.runs || seen.imagesDone > 0 || (hasWork && !this.hadWork)) this.reset(runs);
    this.hadWork = hasWork;
    this.emptyMs = hasWork && seen.jobs === 0 ? this.emptyMs + passedMs : 0;
    if (seen.runs.length > 0 && fleet.inServiceVcpus > 0) this.stillMs += passedMs;
    if (this.stillMs >= STILL_MS) return hasWork ? STILL : WAITING;
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
  'Instances were in service for 10 minutes and no image was done: see the failed attempts of the runs and ' +
  'the log of the workers. No workers until an image is done or a run is submitted or resumed.';
const WAITING = 'Workers waited for 10 minutes with nothing to do: none until there is work for them.';
const EMPTY =
  'The queue has no job of the runs that are under way: their jobs were lost. No workers until they are ' +
  'resumed.';
