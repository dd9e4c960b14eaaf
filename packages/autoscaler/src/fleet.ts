import type { FleetState } from './desired-capacity.ts';

/** A fleet as it was described, with the limits that it has of its own. */
export interface FleetSeen extends FleetState {
  /** What the group allows, in vCPUs; absent: anything. */
  readonly limits?: { readonly minVcpus: number; readonly maxVcpus: number };
}

/** The machines that workers run on. Passes `testing/fleet-facts.ts`. Errors: E_SCALING_…. */
export interface Fleet {
  /** The name of the group; null: nobody acts on what is asked. */
  readonly group: string | null;
  describe(): Promise<FleetSeen>;
  /** Asks for so many vCPUs; comes back before they are there. */
  ask(vcpus: number): Promise<void>;
  close(): void;
}

/**
 * A fleet that somebody else scales by what the metrics and the log say. What runs is what has a heartbeat;
 * after a start, what runs counts as what was asked for.
 */
export function tellingFleet(aliveVcpus: () => number): Fleet {
  let told: number | undefined;
  return {
    group: null,
    describe: async () => {
      const runningVcpus = aliveVcpus();
      told ??= runningVcpus;
      const bootingVcpus = Math.max(0, told - runningVcpus);
      return { desiredVcpus: told, runningVcpus, bootingVcpus, drainingVcpus: 0 };
    },
    ask: async (vcpus) => {
      told = vcpus;
    },
    close: () => {},
  };
}
