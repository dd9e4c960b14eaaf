/** The alarm of `infra/aws/src/safety-net.ts` as CloudWatch evaluates it, over series of minutes. */

/** What a minute's metrics say; undefined: no data. */
export interface AlarmMinute {
  /** GroupInServiceCapacity, the most of the minute. */
  readonly running: number | undefined;
  /** Sum of ImagesDone. */
  readonly done: number | undefined;
}

const MINUTES = 15;
const THRESHOLD = 0;

/** `IF(FILL(running,1) > 0, FILL(done,0), 1)` */
const valueIn = ({ running = 1, done = 0 }: AlarmMinute): number => (running > 0 ? done : 1);

/** In ALARM when the value is at most 0 in 15 of 15 minutes. */
export class NothingDoneAlarm {
  /** The alarm is made while the group is empty. */
  private values = [1];

  /** Ends a minute. True: in ALARM, so that the action (set 0) is done, each minute while it lasts. */
  minute(minute: AlarmMinute): boolean {
    this.values = [...this.values, valueIn(minute)].slice(-MINUTES);
    return this.values.length === MINUTES && this.values.every((value) => value <= THRESHOLD);
  }
}
