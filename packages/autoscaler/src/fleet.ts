/** A fleet as it was described, in vCPUs, with the limits that it has of its own. */
export interface FleetSeen {
  /** What was asked for last, by whoever it was. */
  readonly desiredVcpus: number;
  /** In service. On AWS also before the instance has run its user data: its worker may not be there yet. */
  readonly inServiceVcpus: number;
  /** Launched, and not in service yet. */
  readonly bootingVcpus: number;
  /** Terminating: they finish or give back their jobs. */
  readonly drainingVcpus: number;
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
      const inServiceVcpus = aliveVcpus();
      told ??= inServiceVcpus;
      const bootingVcpus = Math.max(0, told - inServiceVcpus);
      return { desiredVcpus: told, inServiceVcpus, bootingVcpus, drainingVcpus: 0 };
    },
    ask: async (vcpus) => {
      told = vcpus;
    },
    close: () => {},
  };
}
