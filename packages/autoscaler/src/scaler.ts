import { asVergerError, type Clock, ERRORS, type Logger } from '@verger/core';
import {
  desiredCapacity,
  type PastDecision,
  type ScalingDecision,
  type ScalingPolicy,
} from './desired-capacity.ts';
import type { Fleet, FleetSeen } from './fleet.ts';
import type { ScalingMetrics } from './metrics.ts';
import { Patience } from './patience.ts';
import type { RunWatch, Seen } from './run-watch.ts';
import { scalingError } from './scaling-error.ts';
import type { ScalingFiles } from './scaling-files.ts';
import { Stillness } from './stillness.ts';

/** More of the past than any policy looks back on is forgotten. */
const MOST_PAST = 2_000;

/** What decides, from what, and who hears of it. */
export interface ScalerOptions {
  readonly watch: Pick<RunWatch, 'look'>;
  readonly fleet: Fleet;
  readonly policy: ScalingPolicy;
  readonly files: Pick<ScalingFiles, 'add'>;
  readonly metrics: ScalingMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks, decides and asks, a step at a time. What cannot be seen is never acted on. */
export class Scaler {
  private readonly options: ScalerOptions;
  private readonly describing: Patience;
  private readonly asking: Patience;
  private readonly still = new Stillness();
  private past: PastDecision[] = [];
  private holds: string | undefined = 'It has not looked yet.';
  private told = '';
  private isLost = '';
  private imagesDone = 0;
  private latest: { fleet: FleetSeen; decision: ScalingDecision } | undefined;
  private seen: Seen | undefined;

  constructor(options: ScalerOptions) {
    this.options = options;
    this.describing = new Patience(options.clock);
    this.asking = new Patience(options.clock);
  }

  /** Why nothing is asked for at present, `E_CODE: sentence`; undefined while all is well. */
  get holding(): string | undefined {
    return this.holds;
  }

  /** vCPUs of the workers with a heartbeat when the queue was seen last. */
  get aliveVcpus(): number {
    return this.seen?.aliveVcpus ?? 0;
  }

  /** One look, and what follows from it. Never throws. */
  async step(): Promise<void> {
    const { watch, fleet } = this.options;
    const asError = (thrown: unknown) => scalingError(thrown, fleet.group ?? '');
    try {
      const seen = await watch.look();
      this.seen = seen;
      this.imagesDone += seen.imagesDone;
      const state = await this.describing.call(() => fleet.describe(), asError);
      await this.decide(seen, state, asError);
      this.release();
    } catch (thrown) {
      this.hold(thrown);
    }
  }

  /** The line of each minute: what the safety net counts, and what was decided last. */
  tellProgress(): void {
    const { imagesDone, latest, seen } = this;
    this.imagesDone = 0;
    const fields = {
      ...{ msg: 'progress', imagesDone, runs: seen?.runs.length ?? 0 },
      ...{ desiredVcpus: latest?.fleet.desiredVcpus, runningVcpus: latest?.fleet.runningVcpus },
      ...{ neededVcpus: latest?.decision.neededVcpus, reason: latest?.decision.reason, holds: this.holds },
    };
    this.options.logger.info(fields, 'progress');
  }

  private async decide(
    seen: Seen,
    fleet: FleetSeen,
    asError: Parameters<Patience['call']>[1],
  ): Promise<void> {
    const { clock, metrics, files, fleet: group } = this.options;
    const nowMs = Date.parse(clock.now());
    const policy = policyWithin(this.options.policy, fleet);
    const lost = this.still.note(seen, fleet, clock.monotonicMs());
    this.tellLost(lost);
    const runs = lost === undefined ? seen.runs.map(({ demand }) => demand) : [];
    // After a start or a time in which nothing was seen, what the group has counts as needed.
    if (this.past.length === 0) this.remember(nowMs, fleet.desiredVcpus, fleet.desiredVcpus);
    const decided = desiredCapacity({ nowMs, runs, fleet, past: this.past, policy });
    const vcpus = Math.min(policy.maxVcpus, Math.max(policy.minVcpus, decided.vcpus));
    const reason = lost === undefined ? decided.reason : `${lost} ${decided.reason}`;
    const decision = { ...decided, vcpus, reason };
    this.latest = { fleet, decision };
    metrics.seen({ fleet, vcpus, vcpuStep: policy.vcpuStep });
    if (vcpus !== fleet.desiredVcpus) {
      await this.asking.call(() => group.ask(vcpus), asError);
      metrics.decided(vcpus > fleet.desiredVcpus ? 'up' : 'down');
      this.tellDecision(fleet, decision);
    }
    this.remember(nowMs, decision.neededVcpus, vcpus);
    const locations = seen.runs.map(({ location }) => location);
    const record = { at: clock.now(), fromVcpus: fleet.desiredVcpus, vcpus, reason: reason.slice(0, 2000) };
    await files.add(locations, record);
  }

  private remember(atMs: number, neededVcpus: number, vcpus: number): void {
    this.past = [...this.past.slice(1 - MOST_PAST), { atMs, neededVcpus, vcpus }];
  }

  private tellDecision(fleet: FleetSeen, { vcpus, neededVcpus, reason, runs }: ScalingDecision): void {
    const { desiredVcpus: fromVcpus, runningVcpus, bootingVcpus, drainingVcpus } = fleet;
    const fields = {
      ...{ msg: 'decision', fromVcpus, vcpus, neededVcpus, runningVcpus, bootingVcpus, drainingVcpus },
      ...{ reason, runs: runs.slice(0, 20) },
    };
    this.options.logger.info(fields, `asks for ${vcpus} vCPUs instead of ${fromVcpus}`);
  }

  private tellLost(lost = ''): void {
    if (lost !== this.isLost && lost !== '') this.options.logger.warn({ msg: 'lost' }, lost);
    this.isLost = lost;
  }

  /** Asks for nothing and lowers nothing until all can be seen again; said once for each reason. */
  private hold(thrown: unknown): void {
    const { code, message, place } = asVergerError(thrown);
    this.holds = `${code}: ${message}`;
    this.past = [];
    this.still.skip();
    this.options.metrics.holds(true);
    if (this.told === code) return;
    this.told = code;
    const fields = { msg: 'holds', code, next: ERRORS[code].next, location: place.location };
    this.options.logger.error(fields, `asks for nothing, and lowers nothing: ${this.holds}`);
  }

  private release(): void {
    if (this.told !== '') this.options.logger.info({ msg: 'resumes' }, 'sees queue, storage and group again');
    this.holds = undefined;
    this.told = '';
    this.options.metrics.holds(false);
  }
}

/** The policy within the limits of the group itself. */
function policyWithin(policy: ScalingPolicy, { limits }: FleetSeen): ScalingPolicy {
  if (limits === undefined) return policy;
  const maxVcpus = Math.min(policy.maxVcpus, limits.maxVcpus);
  return { ...policy, maxVcpus, minVcpus: Math.min(maxVcpus, Math.max(policy.minVcpus, limits.minVcpus)) };
}
