/** What a run still asks of workers, and how long it takes after them: figures of docs/benchmarks.md. */
import type { RunDemand, ScalingPolicy } from './scaling-input.ts';

/** Fit, jobs and requests of a reduce, seconds. */
const REDUCE_SECONDS = 2;
/** The sums of one partition are read from S3 and merged, seconds (docs/cluster.md, "Sizing"). */
const REDUCE_SECONDS_PER_PARTITION = 0.04;
/** A partition's features are read and its projection is written, seconds of one vCPU. */
const PROJECT_SECONDS_PER_PARTITION = 0.1;
/** Product of features and components, and decoding the features, seconds of one vCPU. */
const PROJECT_SECONDS_PER_IMAGE = 60e-6;
const FINISH_SECONDS = 3;
/** Rows of `result.csv`, written by the reducer alone, seconds. */
const FINISH_SECONDS_PER_IMAGE = 30e-6;

/** A run of a known size. */
interface RunSize {
  readonly images: number;
  readonly partitions: number;
}

/** Seconds that a reducer takes from the last commit to the model. */
export const reduceSeconds = ({ partitions }: Pick<RunSize, 'partitions'>): number =>
  REDUCE_SECONDS + partitions * REDUCE_SECONDS_PER_PARTITION;

/** vCPU seconds of workers to project so many partitions. */
export const projectSeconds = ({ images, partitions }: RunSize): number =>
  partitions * PROJECT_SECONDS_PER_PARTITION + images * PROJECT_SECONDS_PER_IMAGE;

/** Seconds that a reducer takes from the last projection to the end. */
export const finishSeconds = ({ images }: Pick<RunSize, 'images'>): number =>
  FINISH_SECONDS + images * FINISH_SECONDS_PER_IMAGE;

/** What a run does now. `reduce` and `finish` need no workers. */
export type RunStage = 'extract' | 'reduce' | 'project' | 'finish';

/** What a run still asks of workers. Times are epoch milliseconds. */
export interface RunWork {
  readonly runId: string;
  readonly stage: RunStage;
  readonly images: number;
  /** Left for workers in this stage. */
  readonly partitions: number;
  /** All that workers have yet to do. */
  readonly vcpuSeconds: number;
  /** The same if its images turn out slow; equal once the rate is measured. */
  readonly slowVcpuSeconds: number;
  /** From a worker's first image to a measured rate, seconds. */
  readonly measureSeconds: number;
  /** Workers can do nothing before, seconds from now: the reduce. */
  readonly waitSeconds: number;
  /** What follows the workers' part, seconds. */
  readonly tailSeconds: number;
  readonly deadlineMs: number;
  /** More vCPUs than these find no partition. */
  readonly usefulVcpus: number;
  /** What a worker has begun may take longer than it may go on once it is taken away. */
  readonly isSlowToDrain: boolean;
}

function stageOf({ extract, project, reducing }: RunDemand): RunStage {
  if (reducing) return 'reduce';
  if (extract.partitions > 0) return 'extract';
  return project.partitions > 0 ? 'project' : 'finish';
}

/** Images of an average partition that is left. */
function partitionSize({ extract, project }: RunDemand): number {
  const of = extract.partitions > 0 ? extract : project;
  return of.images / Math.max(1, of.partitions);
}

/**
 * The last partitions end unevenly: one that is begun last has a worker for itself, or shares it with another
 * one.
 */
const UNEVEN_PARTITIONS = 1.5;

/** Some partitions and workers are so many times slower than others. */
const UNEVEN_FACTOR = 3;

/** The reducer may be slower than the measured one. */
const TAIL_MARGIN = 1.2;

/** A projection is not measured, and few workers do it: one of them may be slow. */
const PROJECT_MARGIN = 2;

/** Before a run's rate is measured, its images may need so many times the expected work: large photos. */
const SLOW_FACTOR = 2.5;

/** From a commit to a decision that knows of it, seconds. */
const LOOK_SECONDS = 20;

/** A worker that is taken away may go on so long, seconds: its grace within the lifecycle hook's 120 s. */
const DRAIN_SECONDS = 100;

/** The work that a run has left, a pure function of what is known of it. */
export function workOf(run: RunDemand, nowMs: number, policy: ScalingPolicy): RunWork {
  const { runId, extract, project } = run;
  const stage = stageOf(run);
  const size = partitionSize(run);
  const whole = { images: size * run.partitions, partitions: run.partitions };
  const rate = run.imagesPerVcpuSecond ?? policy.imagesPerVcpuSecond;
  const projecting = projectSeconds(project);
  const shared = {
    runId,
    stage,
    deadlineMs: run.deadlineMs ?? run.submittedMs + policy.targetSeconds * 1000,
  };
  const lastProjection = project.partitions > 0 ? projecting / project.partitions : 0;
  const finish = lastProjection + finishSeconds(whole) * TAIL_MARGIN;
  const reduce = reduceSeconds(whole) * TAIL_MARGIN;
  if (stage === 'extract') {
    const onePartition = size / rate / policy.vcpuStep;
    const extracting = extract.images / rate;
    const slow = run.imagesPerVcpuSecond === null ? SLOW_FACTOR : 1;
    return {
      ...shared,
      images: extract.images,
      partitions: extract.partitions,
      vcpuSeconds: extracting + projecting,
      slowVcpuSeconds: extracting * slow + projecting,
      measureSeconds: 2 * onePartition * slow + LOOK_SECONDS,
      waitSeconds: 0,
      tailSeconds: onePartition * UNEVEN_PARTITIONS + reduce + finish,
      usefulVcpus: extract.partitions * policy.vcpuStep,
      isSlowToDrain: 2 * onePartition * UNEVEN_FACTOR > DRAIN_SECONDS,
    };
  }
  const since = run.reducingSinceMs === undefined ? 0 : (nowMs - run.reducingSinceMs) / 1000;
  return {
    ...shared,
    images: project.images,
    partitions: project.partitions,
    vcpuSeconds: projecting * PROJECT_MARGIN,
    slowVcpuSeconds: projecting * PROJECT_MARGIN,
    measureSeconds: 0,
    waitSeconds: stage === 'reduce' ? Math.max(0, reduceSeconds(whole) - since) : 0,
    tailSeconds: finish,
    usefulVcpus: project.partitions,
    isSlowToDrain: false,
  };
}
