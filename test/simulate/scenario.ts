/** What happens in one seed: runs, rates, the group's behaviour, losses. Times are seconds. */
import { partitionSizes } from '@verger/listing';
import { createRandom, type Random } from './random.ts';

/** A run that is submitted at a time. */
export interface PlannedRun {
  readonly id: string;
  readonly submitted: number;
  readonly images: number;
  /** Images of each partition. */
  readonly sizes: readonly number[];
  /** Work of each partition, seconds of one vCPU of mean speed. */
  readonly work: readonly number[];
  readonly deadline: number;
  readonly hasDeadline: boolean;
}

/** One seed. */
export interface Scenario {
  readonly seed: number;
  readonly kind: Kind;
  readonly runs: readonly PlannedRun[];
  readonly maxVcpus: number;
  /** vCPUs of the instances that the group may launch. */
  readonly instances: readonly number[];
  readonly boot: readonly [number, number];
  /** Mean seconds until an instance is taken away. */
  readonly lifetime: number;
  /** Times at which a share of the fleet is taken away at once. */
  readonly waves: readonly { readonly at: number; readonly share: number }[];
  /** Times between which nothing is launched. */
  readonly shortages: readonly (readonly [number, number])[];
  /** Share of workers that have 40 to 70 % of the usual speed. */
  readonly slowWorkers: number;
  /** From looking at storage to acting. */
  readonly lag: number;
  /** Times between which the autoscaler is not there; it forgets what it saw. */
  readonly outages: readonly (readonly [number, number])[];
  /** Of the reducer: its times are these times the measured ones. */
  readonly reducerFactor: number;
  /** The measured rate is so many times the true one. */
  readonly rateBias: number;
}

export const KINDS = ['small', 'medium', 'overlapping', 'large', 'rough', 'tight'] as const;
export type Kind = (typeof KINDS)[number];

/** Images per second and vCPU: docs/benchmarks.md has 101 to 124; photographs of 12 megapixels give 25 to 45. */
const RATES = { usual: [85, 125], large: [25, 60] } as const;
/** The deadlines that people ask for, seconds. */
const ASKED = [5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480].map((minutes) => minutes * 60);
const TARGET = 30 * 60;
const MEAN_BOOT = 90;

const SIZES: Record<Kind, readonly [number, number]> = {
  small: [500, 20_000],
  medium: [20_000, 1_000_000],
  overlapping: [5_000, 400_000],
  large: [1_000_000, 10_000_000],
  rough: [20_000, 1_000_000],
  tight: [20_000, 1_000_000],
};

/** The scenario of a seed. Kinds take turns. */
export function scenarioOf(seed: number, kind: Kind = KINDS[seed % KINDS.length]!): Scenario {
  const random = createRandom(seed * 7919 + 13);
  const isRough = kind === 'rough';
  const maxVcpus = kind === 'large' ? random.pick([1000, 2000, 4000]) : random.pick([32, 64, 128, 256]);
  const instances = random.pick(
    kind === 'large' ? [[4], [4, 8], [4, 8, 16]] : [[4], [4], [4, 8]],
  ) as number[];
  const runs = plannedRuns(random, { kind, maxVcpus });
  const end = Math.max(...runs.map(({ deadline }) => deadline));
  const within = (): number => random.between(0, end);
  return {
    ...{ seed, kind, runs, maxVcpus, instances, boot: [60, 120] },
    lifetime: 3600 * (isRough ? random.between(2, 6) : random.between(15, 60)),
    waves: isRough && random.chance(0.5) ? [{ at: within(), share: random.between(0.2, 0.6) }] : [],
    shortages: isRough && random.chance(0.5) ? [shortage(within(), random.between(60, 600))] : [],
    slowWorkers: isRough ? 0.1 : 0.03,
    lag: random.between(1, kind === 'large' ? 12 : 5),
    outages: random.chance(isRough ? 0.6 : 0.2) ? [shortage(within(), random.between(20, 180))] : [],
    reducerFactor: random.between(0.6, 1.2),
    rateBias: random.between(0.8, 1.1),
  };
}

const shortage = (from: number, length: number) => [from, from + length] as const;

function plannedRuns(random: Random, { kind, maxVcpus }: { kind: Kind; maxVcpus: number }): PlannedRun[] {
  const count = kind === 'overlapping' ? 2 + Math.floor(random.between(0, 4)) : 1;
  const runs: PlannedRun[] = [];
  let submitted = 0;
  for (let index = 0; index < count; index += 1) {
    runs.push(plannedRun(random, { kind, maxVcpus, index, submitted, before: runs }));
    submitted += random.wait(600);
  }
  return runs;
}

interface Given {
  readonly kind: Kind;
  readonly maxVcpus: number;
  readonly index: number;
  readonly submitted: number;
  readonly before: readonly PlannedRun[];
}

function plannedRun(random: Random, { kind, maxVcpus, index, submitted, before }: Given): PlannedRun {
  const images = Math.round(random.scaled(SIZES[kind][0], SIZES[kind][1]));
  const partitionSize = kind === 'large' && random.chance(0.6) ? random.pick([2000, 5000]) : null;
  // Sizes of images are not drawn: few photographs reach the 256 MiB of a partition.
  const sizes = partitionSizes(new Array<number>(images).fill(0), { partitions: null, partitionSize });
  const work = workOf(random, sizes);
  const total = work.reduce((sum, one) => sum + one, 0);
  const ahead = before.reduce((sum, run) => sum + run.work.reduce((all, one) => all + one, 0), 0) * 0.5;
  const tail = 5 + sizes.length * 0.04 + images * 30e-6;
  const leastWith = (vcpus: number) => MEAN_BOOT + (total + ahead) / vcpus + tail;
  // One in twelve cannot be kept, if there is a time that is so short.
  const tooShort = ASKED.filter((asked) => asked < leastWith(maxVcpus) * 0.8).at(-1);
  const isTooMuch = random.chance(1 / 12) && tooShort !== undefined;
  const least = leastWith(random.scaled(0.05, 0.9) * maxVcpus);
  const hasDeadline = isTooMuch || least > TARGET || random.chance(0.6);
  const seconds = isTooMuch ? tooShort : hasDeadline ? askedFor(random, { least, kind }) : TARGET;
  const id = `run-${index + 1}`;
  return { id, submitted, images, sizes, work, deadline: submitted + seconds, hasDeadline };
}

/** A round time that is enough: of kind `tight` the shortest one, else one of the next four. */
function askedFor(random: Random, { least, kind }: { least: number; kind: Kind }): number {
  const enough = ASKED.filter((asked) => asked >= least);
  const some = kind === 'tight' ? enough.slice(0, 1) : enough.filter((asked) => asked >= 900).slice(0, 4);
  return some.length > 0 ? random.pick(some) : Math.ceil(least / 3600) * 3600;
}

/** Work of each partition: a rate per run, a drift along the sorted listing, some slow partitions. */
function workOf(random: Random, sizes: readonly number[]): number[] {
  const [slowest, fastest] = RATES[random.chance(0.25) ? 'large' : 'usual'];
  const rate = random.between(slowest, fastest);
  const drift = random.chance(0.3) ? random.between(-0.3, 0.3) : 0;
  return sizes.map((size, index) => {
    const place = (2 * index) / Math.max(1, sizes.length - 1) - 1;
    const slow = random.chance(0.02) ? random.between(1.5, 3) : 1;
    return (size / rate) * (1 + drift * place) * random.factor(0.15) * slow + 0.1;
  });
}

/** The largest run that is simulated: 10,000,000 images, and 1,000 workers from the start to the end. */
export function largestScenario(): Scenario {
  const base = scenarioOf(1, 'large');
  const random = createRandom(1);
  const images = 10_000_000;
  const sizes = partitionSizes(new Array<number>(images).fill(0), { partitions: null, partitionSize: null });
  const work = workOf(random, sizes);
  const run = { id: 'run-1', submitted: 0, images, sizes, work, deadline: 900, hasDeadline: true };
  return { ...base, maxVcpus: 4000, instances: [4], runs: [run], waves: [], shortages: [], outages: [] };
}
