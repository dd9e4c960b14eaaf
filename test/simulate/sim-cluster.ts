/** Queue, workers and reducer on a virtual clock. */
import type { Clock } from './events.ts';
import type { PlannedRun, Scenario } from './scenario.ts';
import { SimRun } from './sim-run.ts';
import type { ProjectJob, SimWorker } from './sim-worker.ts';

const DONE = 1e-6;
/** A worker that vanishes is missed when the lock of its jobs ends, seconds. */
const LOCK_SECONDS = 60;
/** What a worker may still do after SIGTERM, seconds. */
const GRACE_SECONDS = 100;

/** The cluster: gives jobs to workers in the order of submission, and a run through its stages. */
export class SimCluster {
  readonly runs: SimRun[] = [];
  readonly workers = new Set<SimWorker>();
  readonly #clock: Clock;
  readonly #scenario: Pick<Scenario, 'reducerFactor' | 'rateBias'>;
  readonly #withRoom = new Set<SimWorker>();
  #reducerFreeAt = 0;

  constructor(clock: Clock, scenario: Pick<Scenario, 'reducerFactor' | 'rateBias'>) {
    this.#clock = clock;
    this.#scenario = scenario;
  }

  submit(plan: PlannedRun): void {
    this.runs.push(new SimRun(plan, this.#scenario.rateBias));
    this.#wake();
  }

  /** A worker is ready. */
  start(worker: SimWorker): void {
    worker.state = 'running';
    this.workers.add(worker);
    this.#serve(worker);
  }

  /** A worker takes no more jobs; `gone` is called when it has ended, after its grace at the latest. */
  drain(worker: SimWorker, gone: () => void): void {
    if (worker.state !== 'running') return;
    worker.state = 'draining';
    this.#withRoom.delete(worker);
    const end = () => {
      if (worker.state === 'gone') return;
      this.#remove(worker, 0);
      gone();
    };
    this.#whenIdle.set(worker, end);
    if (worker.isIdle) this.#clock.after(1, end);
    this.#clock.after(GRACE_SECONDS, end);
  }

  readonly #whenIdle = new Map<SimWorker, () => void>();

  /** A worker vanishes. */
  kill(worker: SimWorker): void {
    this.#remove(worker, LOCK_SECONDS);
  }

  #remove(worker: SimWorker, missedAfter: number): void {
    worker.advance(this.#clock.now);
    worker.state = 'gone';
    worker.version += 1;
    this.workers.delete(worker);
    this.#withRoom.delete(worker);
    this.#whenIdle.delete(worker);
    const { extracts, projects } = worker;
    if (extracts.length + projects.size === 0) return;
    this.#clock.after(missedAfter, () => {
      for (const { run, partition } of extracts) run.toExtract.push(partition);
      for (const { run, partition } of projects) run.toProject.push(partition);
      this.#wake();
    });
  }

  #wake(): void {
    for (const worker of [...this.#withRoom]) {
      if (!this.#hasJobs()) return;
      this.#serve(worker);
    }
  }

  #hasJobs(): boolean {
    return this.runs.some(({ toExtract, toProject }) => toExtract.length > 0 || toProject.length > 0);
  }

  /** Gives a worker what it has room for, and plans its next event. */
  #serve(worker: SimWorker): void {
    worker.advance(this.#clock.now);
    for (const run of this.runs) {
      if (run.stage === 'project') this.#giveProjects(worker, run);
      while (worker.canExtract && run.toExtract.length > 0) {
        const partition = run.toExtract.pop()!;
        worker.extracts.push({ run, partition, left: run.plan.work[partition]!, spent: 0 });
      }
    }
    if (worker.canExtract || worker.canProject) this.#withRoom.add(worker);
    else this.#withRoom.delete(worker);
    worker.version += 1;
    const { version } = worker;
    const next = worker.untilNext();
    if (next !== undefined)
      this.#clock.after(next, () => version === worker.version && this.#extracted(worker));
  }

  #giveProjects(worker: SimWorker, run: SimRun): void {
    while (worker.canProject && run.toProject.length > 0) {
      const job: ProjectJob = { run, partition: run.toProject.pop()! };
      worker.projects.add(job);
      const seconds = run.projectSeconds(job.partition) / worker.speed;
      this.#clock.after(seconds, () => worker.state !== 'gone' && this.#projected(worker, job));
    }
  }

  #extracted(worker: SimWorker): void {
    worker.advance(this.#clock.now);
    const done = worker.extracts.filter(({ left }) => left <= DONE);
    worker.extracts = worker.extracts.filter(({ left }) => left > DONE);
    for (const { run, partition, spent } of done) {
      run.commit(partition, { at: this.#clock.now, vcpuSeconds: spent });
      if (run.committed === run.partitions) this.#reduce(run);
    }
    this.#next(worker);
  }

  #projected(worker: SimWorker, job: ProjectJob): void {
    worker.advance(this.#clock.now);
    worker.projects.delete(job);
    job.run.project(job.partition);
    if (job.run.projected === job.run.partitions) this.#finish(job.run);
    this.#next(worker);
  }

  #next(worker: SimWorker): void {
    this.#serve(worker);
    if (worker.state === 'draining' && worker.isIdle) this.#whenIdle.get(worker)?.();
  }

  #reduce(run: SimRun): void {
    run.stage = 'reduce';
    run.reducedSince = this.#clock.now;
    this.#onReducer(run.reduceSeconds, () => {
      run.stage = 'project';
      run.toProject.push(...run.plan.sizes.map((_, index) => index));
      this.#wake();
    });
  }

  #finish(run: SimRun): void {
    run.stage = 'finish';
    this.#onReducer(run.finishSeconds, () => {
      run.stage = 'done';
      run.doneAt = this.#clock.now;
    });
  }

  #onReducer(seconds: number, done: () => void): void {
    this.#reducerFreeAt =
      Math.max(this.#reducerFreeAt, this.#clock.now) + seconds * this.#scenario.reducerFactor;
    this.#clock.at(this.#reducerFreeAt, done);
  }
}
