import type { FleetState, PastDecision, ScalingPolicy } from './desired-capacity.ts';
import type { Seen } from './run-watch.ts';

/** A time in which nothing was seen is short up to this, or half the settle time, and two intervals. */
const SHORT_MS = 60_000;

/** How far back is remembered. */
export interface PastOptions {
  readonly policy: Pick<ScalingPolicy, 'settleSeconds' | 'bootSeconds'>;
  /** Between two decisions. */
  readonly intervalMs: number;
}

/** The decisions that the next one looks back on. Times are epoch milliseconds. */
export class Past {
  private readonly keepMs: number;
  private readonly shortMs: number;
  private decisions: readonly PastDecision[] = [];
  private isAfterGap = false;
  /** Of the runs that were seen when all of them could be read. */
  private locations: readonly string[] = [];

  constructor({ policy: { settleSeconds, bootSeconds }, intervalMs }: PastOptions) {
    this.keepMs = Math.max(settleSeconds, bootSeconds) * 1000 + 2 * intervalMs;
    this.shortMs = Math.min(SHORT_MS, settleSeconds * 500) + 2 * intervalMs;
  }

  /** Nothing can be seen, or asked, for now. */
  gap(): void {
    this.isAfterGap = true;
  }

  /**
   * What was decided before. After a start, after a gap that was long and after one since which a run is
   * missing, which may be about to come back, this is only that all the group has is needed.
   */
  before(
    { runs, unread }: Pick<Seen, 'runs' | 'unread'>,
    fleet: FleetState,
    nowMs: number,
  ): readonly PastDecision[] {
    const locations = runs.map(({ location }) => location);
    const isLong = nowMs - (this.decisions.at(-1)?.atMs ?? nowMs) > this.shortMs;
    const isMissing = this.isAfterGap && this.locations.some((location) => !locations.includes(location));
    if (isLong || isMissing) this.decisions = [];
    if (this.decisions.length === 0) {
      const { desiredVcpus: vcpus } = fleet;
      this.remember({ atMs: nowMs, neededVcpus: vcpus, vcpus });
    }
    this.isAfterGap = false;
    if (unread === undefined) this.locations = locations;
    return this.decisions;
  }

  /** Adds a decision; forgets those that no decision looks back on. */
  remember(decision: PastDecision): void {
    const first = this.decisions.findIndex(({ atMs }) => atMs >= decision.atMs - this.keepMs);
    this.decisions = [...(first < 0 ? [] : this.decisions.slice(first)), decision];
  }
}
