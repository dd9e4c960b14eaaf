/** A run on its way through the stages, as storage and queue know it. */

import type { RunDemand } from '@verger/autoscaler';
import { finishSeconds, projectSeconds, reduceSeconds } from '@verger/autoscaler';
import type { PlannedRun } from './scenario.ts';

/** Epoch milliseconds of second 0. */
export const START_MS = Date.UTC(2026, 0, 1, 12);

interface Committed {
  readonly at: number;
  readonly images: number;
  readonly vcpuSeconds: number;
}

/** Commits so long before the newest one are measured, seconds. */
const WINDOW_SECONDS = 300;

/** The rate of the newest commits, as the autoscaler measures it: with an error that is the same for a run. */
class RateWindow {
  readonly #bias: number;
  readonly #commits: Committed[] = [];
  #first = 0;
  #images = 0;
  #vcpuSeconds = 0;

  constructor(bias: number) {
    this.#bias = bias;
  }

  add(commit: Committed): void {
    this.#commits.push(commit);
    this.#images += commit.images;
    this.#vcpuSeconds += commit.vcpuSeconds;
    for (let old = this.#commits[this.#first]!; old.at < commit.at - WINDOW_SECONDS; ) {
      this.#images -= old.images;
      this.#vcpuSeconds -= old.vcpuSeconds;
      this.#first += 1;
      old = this.#commits[this.#first]!;
    }
  }

  /** Images per vCPU second; null before the first commit. */
  rate(): number | null {
    return this.#images === 0 ? null : (this.#bias * this.#images) / this.#vcpuSeconds;
  }
}

/** The state of one run: partitions that wait, that are committed, that are projected. */
export class SimRun {
  readonly plan: PlannedRun;
  /** Partitions that wait; the next one is last. */
  readonly toExtract: number[];
  readonly toProject: number[] = [];
  imagesToExtract: number;
  imagesToProject: number;
  committed = 0;
  projected = 0;
  stage: 'extract' | 'reduce' | 'project' | 'finish' | 'done' = 'extract';
  reducedSince: number | undefined;
  doneAt: number | undefined;
  readonly #measured: RateWindow;

  constructor(plan: PlannedRun, rateBias: number) {
    this.plan = plan;
    this.#measured = new RateWindow(rateBias);
    this.toExtract = plan.sizes.map((_, index) => index).reverse();
    this.imagesToExtract = plan.images;
    this.imagesToProject = plan.images;
  }

  get partitions(): number {
    return this.plan.sizes.length;
  }

  commit(partition: number, { at, vcpuSeconds }: { at: number; vcpuSeconds: number }): void {
    const images = this.plan.sizes[partition]!;
    this.committed += 1;
    this.imagesToExtract -= images;
    this.#measured.add({ at, images, vcpuSeconds });
  }

  project(partition: number): void {
    this.projected += 1;
    this.imagesToProject -= this.plan.sizes[partition]!;
  }

  /** vCPU seconds of one projection. */
  projectSeconds(partition: number): number {
    return projectSeconds({ images: this.plan.sizes[partition]!, partitions: 1 });
  }

  get reduceSeconds(): number {
    return reduceSeconds(this);
  }

  get finishSeconds(): number {
    return finishSeconds(this.plan);
  }

  /** What an observer finds of it in storage. */
  demand(): RunDemand {
    const { plan } = this;
    return {
      runId: plan.id,
      submittedMs: START_MS + plan.submitted * 1000,
      deadlineMs: plan.hasDeadline ? START_MS + plan.deadline * 1000 : null,
      extract: { images: this.imagesToExtract, partitions: this.partitions - this.committed },
      project: { images: this.imagesToProject, partitions: this.partitions - this.projected },
      partitions: this.partitions,
      reducing: this.stage === 'reduce',
      reducingSinceMs: this.reducedSince === undefined ? undefined : START_MS + this.reducedSince * 1000,
      imagesPerVcpuSecond: this.#measured.rate(),
    };
  }
}
