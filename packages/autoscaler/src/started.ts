/** Which vCPUs in service do work: an instance is in service before its user data has started a worker. */
import type { FleetState, ScalingPolicy } from './desired-capacity.ts';
import type { FleetSeen } from './fleet.ts';

/** vCPUs that were in service without a heartbeat at some time of the monotonic clock. */
export interface Silence {
  readonly atMs: number;
  readonly vcpus: number;
}

/** The heartbeats that workers have, in vCPUs. */
export interface Heartbeats {
  readonly aliveVcpus: number;
  /** Workers of earlier releases, whose heartbeats do not say how many vCPUs they use. */
  readonly unsizedWorkers: number;
}

/** An instance that has no worker after so many boots gets none. */
const BOOTS = 3;
const LEAST_MS = 60_000;

/** How long an instance in service counts as booting without a heartbeat, milliseconds. */
export const silentMs = ({ bootSeconds }: Pick<ScalingPolicy, 'bootSeconds'>): number =>
  Math.max(LEAST_MS, BOOTS * bootSeconds * 1000);

/** Adds what is seen now, the newest last; older than `keepMs` stays only the last one. */
export function withSilence(
  before: readonly Silence[],
  { inServiceVcpus }: Pick<FleetSeen, 'inServiceVcpus'>,
  { aliveVcpus, unsizedWorkers }: Heartbeats,
  { nowMs, keepMs }: { nowMs: number; keepMs: number },
): Silence[] {
  // A worker of unknown size may be all that is in service.
  const vcpus = unsizedWorkers > 0 ? 0 : Math.max(0, inServiceVcpus - aliveVcpus);
  const first = before.findLastIndex(({ atMs }) => atMs <= nowMs - keepMs);
  return [...before.slice(Math.max(0, first)), { atMs: nowMs, vcpus }];
}

/**
 * The fleet as work is planned with it: in service with a heartbeat is running, without one is booting, and
 * neither once that has lasted for `keepMs`. `silences`: the newest is of now.
 */
export function startedFleet(
  { desiredVcpus, inServiceVcpus, bootingVcpus, drainingVcpus }: FleetSeen,
  silences: readonly Silence[],
  keepMs: number,
): FleetState {
  const [first, last] = [silences[0], silences.at(-1)];
  const silent = last?.vcpus ?? 0;
  const isLong = first !== undefined && last !== undefined && last.atMs - first.atMs >= keepMs;
  const silentVcpus = isLong ? Math.min(...silences.map(({ vcpus }) => vcpus)) : 0;
  return {
    ...{ desiredVcpus, runningVcpus: inServiceVcpus - silent },
    ...{ bootingVcpus: bootingVcpus + silent - silentVcpus, drainingVcpus, silentVcpus },
  };
}
