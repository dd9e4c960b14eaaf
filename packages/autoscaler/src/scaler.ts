import { asVergerError, type Clock, ERRORS, type Logger } from '@verger/core';
import { policyWithin, vcpusWithin } from './bounds.ts';
import {
  desiredCapacity,
  type FleetState,
  type ScalingDecision,
  type ScalingPolicy,
} from './desired-capacity.ts';
import type { Fleet, FleetSeen } from './fleet.ts';
import { type Lowered, LoweredByOthers } from './lowered.ts';
import type { ScalingMetrics } from './metrics.ts';
import { Past } from './past.ts';
import { Patience } from './patience.ts';
import type { RunWatch, Seen } from './run-watch.ts';
import { scalingError } from './scaling-error.ts';
import type { ScalingFiles } from './scaling-files.ts';
import { type Silence, silentMs, startedFleet, withSilence } from './started.ts';
import { Stillness } from './stillness.ts';

/** What decides, from what, and who hears of it. */
export interface ScalerOptions {
  readonly watch: Pick<RunWatch, 'look'>;
  readonly fleet: Fleet;
  readonly policy: ScalingPolicy;
  /** Between two steps. */
  readonly intervalMs: number;
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
  private readonly others = new LoweredByOthers();
  private readonly past: Past;
  private silences: readonly Silence[] = [];
  private holds: string | undefined = 'It has not looked yet.';
  private told = '';
  private lost: string | undefined;
  private imagesDone = 0;
  private latest: { fleet: FleetState; decision: ScalingDecision } | undefined;
  private seen: Seen | undefined;

  constructor(options: ScalerOptions) {
    this.options = options;
    this.past = new Past(options);
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
      if (seen.unread === undefined) this.release();
      else this.hold(seen.unread, 'lowers nothing');
    } catch (thrown) {
      this.still.skip();
      this.silences = [];
      this.past.gap();
      this.hold(thrown, 'asks for nothing, and lowers nothing');
    }
    this.options.metrics.looked();
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
    group: FleetSeen,
    asError: Parameters<Patience['call']>[1],
  ): Promise<void> {
    const { clock, metrics, files, fleet: api } = this.options;
    const nowMs = Date.parse(clock.now());
    const policy = policyWithin(this.options.policy, group);
    const fleet = this.startedOf(seen, group);
    const lowered = this.noteLowered(group);
    const lost = this.lostReason(seen, group);
    const runs = lost === undefined ? seen.runs.map(({ demand }) => demand) : [];
    const past = this.past.before(seen, fleet, nowMs);
    const decided = desiredCapacity({ nowMs, runs, fleet, past, policy });
    const held = { isLoweredByOthers: lowered !== undefined, isUnread: seen.unread !== undefined };
    const vcpus = vcpusWithin(decided.vcpus, group.desiredVcpus, policy, held);
    const why = [lost, lowered && loweredText(lowered), seen.unread && UNREAD, decided.reason];
    const reason = why.filter((text) => text !== undefined).join(' ');
    const decision = { ...decided, vcpus, reason };
    this.latest = { fleet, decision };
    metrics.seen({ fleet, vcpus, vcpuStep: policy.vcpuStep });
    if (vcpus !== group.desiredVcpus) {
      await this.asking.call(() => api.ask(vcpus), asError);
      this.others.asked(vcpus);
      metrics.decided(vcpus > group.desiredVcpus ? 'up' : 'down');
      this.tellDecision(fleet, decision);
    }
    // What an unread run needs is not known: what there is counts as needed.
    const neededVcpus = Math.max(decided.neededVcpus, held.isUnread ? group.desiredVcpus : 0);
    this.past.remember({ atMs: nowMs, neededVcpus, vcpus });
    const locations = seen.runs.map(({ location }) => location);
    const fromVcpus = lowered?.isNew ? lowered.fromVcpus : group.desiredVcpus;
    await files.add(locations, { at: clock.now(), fromVcpus, vcpus, reason: reason.slice(0, 2000) });
  }

  private startedOf(seen: Seen, group: FleetSeen): FleetState {
    const keepMs = silentMs(this.options.policy);
    const nowMs = this.options.clock.monotonicMs();
    this.silences = withSilence(this.silences, group, seen, { nowMs, keepMs });
    return startedFleet(group, this.silences, keepMs);
  }

  /** Says once that somebody else has lowered the group. */
  private noteLowered({ desiredVcpus }: FleetSeen): Lowered | undefined {
    const { clock, logger } = this.options;
    const lowered = this.others.note(desiredVcpus, clock.monotonicMs());
    if (lowered?.isNew) {
      const { fromVcpus } = lowered;
      logger.warn({ msg: 'lowered', fromVcpus, vcpus: desiredVcpus }, loweredText(lowered));
    }
    return lowered;
  }

  /** Why the runs get no workers; a change is said. Not known while a run cannot be read. */
  private lostReason(seen: Seen, group: FleetSeen): string | undefined {
    const { clock, logger } = this.options;
    if (seen.unread !== undefined) {
      this.still.skip();
      return this.lost;
    }
    const lost = this.still.note(seen, group, clock.monotonicMs());
    if (lost !== undefined && lost !== this.lost) logger.warn({ msg: 'lost' }, lost);
    this.lost = lost;
    return lost;
  }

  private tellDecision(fleet: FleetState, { vcpus, neededVcpus, reason, runs }: ScalingDecision): void {
    const { desiredVcpus: fromVcpus, runningVcpus, bootingVcpus, drainingVcpus } = fleet;
    const fields = {
      ...{ msg: 'decision', fromVcpus, vcpus, neededVcpus, runningVcpus, bootingVcpus, drainingVcpus },
      ...{ reason, runs: runs.slice(0, 20) },
    };
    this.options.logger.info(fields, `asks for ${vcpus} vCPUs instead of ${fromVcpus}`);
  }

  /** Until all can be seen again; said once for each code. */
  private hold(thrown: unknown, what: string): void {
    const { code, message, place } = asVergerError(thrown);
    this.holds = `${code}: ${message}`;
    this.options.metrics.holds(true);
    if (this.told === code) return;
    this.told = code;
    const fields = { msg: 'holds', code, next: ERRORS[code].next, location: place.location };
    this.options.logger.error(fields, `${what}: ${this.holds}`);
  }

  private release(): void {
    if (this.told !== '') this.options.logger.info({ msg: 'resumes' }, 'sees queue, storage and group again');
    this.holds = undefined;
    this.told = '';
    this.options.metrics.holds(false);
  }
}

const UNREAD = 'A run cannot be read: nothing is lowered.';

const loweredText = ({ fromVcpus }: Lowered): string =>
  `Somebody else lowered the group from ${fromVcpus} vCPUs: it is not raised for 3 minutes.`;
