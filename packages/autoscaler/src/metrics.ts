import { addProcessMetrics } from '@verger/cluster';
import { Counter, Gauge, Registry } from 'prom-client';
import type { FleetState } from './desired-capacity.ts';

/** What a decision was made from, and what it was. */
export interface DecisionSeen {
  readonly fleet: FleetState;
  readonly vcpus: number;
  readonly vcpuStep: number;
}

/** What the autoscaler measures, as Prometheus reads it. */
export interface ScalingMetrics {
  readonly registry: Registry;
  seen(decision: DecisionSeen): void;
  looked(): void;
  decided(direction: 'up' | 'down'): void;
  holds(isHolding: boolean): void;
  close(): void;
}

const GAUGES = {
  desired: ['verger_desired_vcpus', 'vCPUs of workers that the runs under way need now.'],
  workers: ['verger_desired_workers', 'The same in workers of --vcpu-step vCPUs each: replicas to have.'],
  running: ['verger_running_vcpus', 'vCPUs that work: in service, and their workers have a heartbeat.'],
  booting: [
    'verger_booting_vcpus',
    'vCPUs that were launched, or told, and whose workers have not started yet.',
  ],
  draining: ['verger_draining_vcpus', 'vCPUs that finish or give back their jobs and end.'],
} as const;

/** The metrics of an autoscaler. No figures before the first decision; while it holds, the last ones. */
export function createScalingMetrics(): ScalingMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauges = new Map<keyof typeof GAUGES, Gauge>();
  const set = (key: keyof typeof GAUGES, value: number) => {
    const [name, help] = GAUGES[key];
    const gauge = gauges.get(key) ?? new Gauge({ name, help, registers });
    gauges.set(key, gauge);
    gauge.set(value);
  };
  const decisions = new Counter({
    name: 'verger_decisions_total',
    help: 'Decisions that changed the capacity.',
    labelNames: ['direction'],
    registers,
  });
  for (const direction of ['up', 'down']) decisions.inc({ direction }, 0);
  const looks = new Counter({
    name: 'verger_looks_total',
    help: 'Looks at queue, storage and group, also those that failed.',
    registers,
  });
  const holding = new Gauge({
    name: 'verger_autoscaler_holding',
    help: '1 while queue, storage or group cannot be seen: the other figures are the last ones.',
    registers,
  });
  holding.set(1);
  const own = addProcessMetrics(registry);
  return {
    registry,
    seen: ({ fleet, vcpus, vcpuStep }) => {
      set('desired', vcpus);
      set('workers', Math.ceil(vcpus / vcpuStep));
      set('running', fleet.runningVcpus);
      set('booting', fleet.bootingVcpus);
      set('draining', fleet.drainingVcpus);
    },
    looked: () => looks.inc(),
    decided: (direction) => decisions.inc({ direction }),
    holds: (isHolding) => holding.set(isHolding ? 1 : 0),
    close: () => {
      own.close();
      registry.clear();
    },
  };
}
