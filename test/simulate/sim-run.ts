/** A run on its way through the stages, as storage and queue know it. */

import type { RunDemand } from '@verger/autoscaler';
import { finishSeconds, projectSeconds, reduceSeconds } from '@verger/autoscaler';
import type { PlannedRun } from './scenario.ts';

/** Epoch milliseconds of second 0. */
export const START_MS = Date.UTC(2026, 0, 1, 12);

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
  #measuredImages = 0;
  #measuredSeconds = 0;

  constructor(plan: PlannedRun) {
    this.plan = plan;
    this.toExtract = plan.sizes.map((_, index) => index).reverse();
    this.imagesToExtract = plan.images;
    this.imagesToProject = plan.images;
  }

  get partitions(): number {
    return this.plan.sizes.length;
  }

  commit(partition: number, vcpuSeconds: number): void {
    const images = this.plan.sizes[partition]!;
    this.committed += 1;
    this.imagesToExtract -= images;
    this.#measuredImages += images;
    this.#measuredSeconds += vcpuSeconds;
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
      imagesPerVcpuSecond: this.#measuredSeconds === 0 ? null : this.#measuredImages / this.#measuredSeconds,
    };
  }
}
