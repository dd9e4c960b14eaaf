/** One worker instance: its jobs share its vCPUs. */
import type { SimRun } from './sim-run.ts';

/** A partition that is extracted. */
export interface ExtractJob {
  readonly run: SimRun;
  readonly partition: number;
  /** vCPU seconds, at mean speed. */
  left: number;
  /** vCPU seconds that it has had. */
  spent: number;
}

/** A partition that is projected by one child. */
export interface ProjectJob {
  readonly run: SimRun;
  readonly partition: number;
}

export type WorkerState = 'booting' | 'running' | 'draining' | 'gone';

/** As `EXTRACT_AT_ONCE` of packages/cluster. */
const EXTRACT_AT_ONCE = 2;

/** An instance with one worker, a child per vCPU. */
export class SimWorker {
  readonly vcpus: number;
  readonly speed: number;
  state: WorkerState = 'booting';
  extracts: ExtractJob[] = [];
  readonly projects = new Set<ProjectJob>();
  /** Counts changes of the jobs, so that an event planned before is known to be void. */
  version = 0;
  #updatedAt = 0;

  constructor(vcpus: number, speed: number) {
    this.vcpus = vcpus;
    this.speed = speed;
  }

  get canExtract(): boolean {
    return this.state === 'running' && this.extracts.length < EXTRACT_AT_ONCE;
  }

  get canProject(): boolean {
    return this.state === 'running' && this.projects.size < this.vcpus;
  }

  get isIdle(): boolean {
    return this.extracts.length === 0 && this.projects.size === 0;
  }

  /** vCPUs at work. */
  get busyVcpus(): number {
    return this.extracts.length > 0 ? this.vcpus : this.projects.size;
  }

  /** Advances the extractions to now: children that do not project are shared equally. */
  advance(now: number): void {
    const share = this.#share();
    const seconds = now - this.#updatedAt;
    for (const job of this.extracts) {
      job.left -= seconds * share * this.speed;
      job.spent += seconds * share;
    }
    this.#updatedAt = now;
  }

  /** Seconds until the next extraction ends; undefined while none advances. */
  untilNext(): number | undefined {
    const share = this.#share();
    if (this.extracts.length === 0 || share <= 0) return undefined;
    const least = this.extracts.reduce((min, { left }) => Math.min(min, left), Number.POSITIVE_INFINITY);
    return Math.max(0, least) / share / this.speed;
  }

  #share(): number {
    return (this.vcpus - this.projects.size) / Math.max(1, this.extracts.length);
  }
}
