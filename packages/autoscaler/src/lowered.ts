/** The alarm of the safety net sets 0 each minute until it has seen a minute without vCPUs in service. */
const PAUSE_MS = 3 * 60_000;

/** What somebody else did to the group. */
export interface Lowered {
  /** vCPUs that it had before. */
  readonly fromVcpus: number;
  /** True when it is seen for the first time. */
  readonly isNew: boolean;
}

/** Sees when somebody else, an alarm or a person, lowers the group: it is not raised for 3 minutes then. */
export class LoweredByOthers {
  private expected = 0;
  private fromVcpus = 0;
  private untilMs = Number.NEGATIVE_INFINITY;

  /** What was described now; undefined: the group may be raised. Time is of the monotonic clock. */
  note(desiredVcpus: number, nowMs: number): Lowered | undefined {
    const isNew = desiredVcpus < this.expected;
    if (isNew) {
      this.fromVcpus = this.expected;
      this.untilMs = nowMs + PAUSE_MS;
    }
    this.expected = desiredVcpus;
    return nowMs < this.untilMs ? { fromVcpus: this.fromVcpus, isNew } : undefined;
  }

  /** What was asked for since. A raise counts once it is described: an answer may be older than it. */
  asked(vcpus: number): void {
    this.expected = Math.min(this.expected, vcpus);
  }
}
