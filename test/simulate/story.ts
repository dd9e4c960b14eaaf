/** The one scenario of the picture: an ordinary afternoon. */
import { partitionSizes } from '@verger/listing';
import type { PlannedRun, Scenario } from './scenario.ts';

const MINUTE = 60;

/** Images per second and vCPU, as docs/benchmarks.md has it. */
const RATE = 110;

function run(id: string, minute: number, images: number, minutes: number): PlannedRun {
  const sizes = partitionSizes(new Array<number>(images).fill(0), { partitions: null, partitionSize: null });
  const submitted = minute * MINUTE;
  return {
    ...{ id, submitted, images, sizes, deadline: submitted + minutes * MINUTE, hasDeadline: true },
    work: sizes.map((size) => size / RATE),
  };
}

/** Three runs, one of them urgent, and a third of the fleet lost at minute 14. */
export const STORY: Scenario = {
  ...{ seed: 1, kind: 'overlapping', maxVcpus: 64, instances: [4], boot: [60, 120] },
  runs: [run('run 1', 0, 1_500_000, 30), run('run 2', 10, 500_000, 12), run('run 3', 50, 800_000, 30)],
  ...{ lifetime: 40 * 3600, slowWorkers: 0.05, lag: 3, reducerFactor: 1, rateBias: 0.9 },
  ...{ waves: [{ at: 14 * MINUTE, share: 1 / 3 }], shortages: [], outages: [] },
};
