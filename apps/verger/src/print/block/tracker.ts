import type { RunEvent, Stage } from '@verger/core';
import type { DriverEvent } from '@verger/driver';
import { type CodeCounts, mostFirst } from '../code-text.ts';
import { Rate } from '../rate.ts';

/** The stages of a run, in order. */
export const STAGES: readonly Stage[] = ['extract', 'reduce', 'project', 'finish'];

/**
 * `earlier`: it was done before this command began. `skipped`: the run goes on without it, as no image gave
 * features. `stopped`: it was under way when the command ended.
 */
export type StageState = 'waiting' | 'running' | 'done' | 'earlier' | 'skipped' | 'stopped';

/** A stage as it is shown. */
export interface StageView {
  readonly state: StageState;
  readonly done: number;
  /** Images of an extract, partitions of a project; 0 where it is not known. */
  readonly total: number;
  /** So far; null before it begins. */
  readonly ms: number | null;
}

/** What is done before the stages begin. */
export type Preparation =
  | { readonly type: 'listing'; readonly images: number }
  | Extract<DriverEvent, { type: 'weights:fetching' | 'verify:progress' }>;

/** Failed attempts since the watch began. */
export interface FailedView {
  readonly attempts: number;
  readonly codes: CodeCounts;
  readonly newest: Extract<RunEvent, { type: 'attempt:failed' }> | null;
}

/** Everything that is shown of a run while it is under way. */
export interface RunView {
  /** Null once a stage has begun. */
  readonly preparing: Preparation | null;
  readonly stages: Readonly<Record<Stage, StageView>>;
  /** Of the running stage: images or partitions per second, and milliseconds left; null where not known. */
  readonly perSecond: number | null;
  readonly leftMs: number | null;
  readonly quarantined: number;
  readonly codes: CodeCounts;
  readonly failed: FailedView;
  readonly cluster: Extract<RunEvent, { type: 'cluster:seen' }> | null;
}

/** A stage as it is counted. */
class StageCount {
  state: StageState = 'waiting';
  total = 0;
  done = 0;
  /** Of `done`: that much was there when it began, or is of an earlier attempt. */
  found = 0;
  startedMs = 0;
  tookMs: number | null = null;
  rate = new Rate(0, 0);

  begin(total: number, done: number, nowMs: number): void {
    Object.assign(this, { state: 'running', total, done, found: done, startedMs: nowMs, tookMs: null });
    this.rate = new Rate(nowMs, done);
  }

  advance(by: number, nowMs: number): void {
    this.done += by;
    this.rate.seen(nowMs, this.done);
  }

  view(nowMs: number): StageView {
    const { state, done, total } = this;
    return { state, done, total, ms: state === 'running' ? nowMs - this.startedMs : this.tookMs };
  }
}

/** Adds up the events of a run. Memory: a few numbers, however many events there are. */
export class RunTracker {
  private readonly stages: Readonly<Record<Stage, StageCount>> = {
    extract: new StageCount(),
    reduce: new StageCount(),
    project: new StageCount(),
    finish: new StageCount(),
  };
  private preparing: Preparation | null = null;
  private quarantined = 0;
  private codes = new Map<string, number>();
  private attempts = 0;
  private readonly failureCodes = new Map<string, number>();
  private newest: FailedView['newest'] = null;
  private cluster: RunView['cluster'] = null;
  private currentStage: Stage | undefined;

  /** The stage under way. */
  get current(): Stage | undefined {
    return this.currentStage;
  }

  /** Counts of a stage: what is done, and what of it was not done by this session. */
  counts(stage: Stage): { readonly done: number; readonly total: number; readonly found: number } {
    return this.stages[stage];
  }

  /** Takes an event that happened at that time of a monotonic clock, milliseconds. */
  see(event: DriverEvent, nowMs: number): void {
    switch (event.type) {
      case 'listing:image': {
        const images = this.preparing?.type === 'listing' ? this.preparing.images : 0;
        this.preparing = { type: 'listing', images: images + 1 };
        break;
      }
      case 'weights:fetching':
      case 'verify:progress':
        if (this.currentStage === undefined) this.preparing = event;
        break;
      case 'listing:done':
        this.preparing = null;
        break;
      case 'stage:start':
        this.begin(event, nowMs);
        break;
      case 'images:done':
        this.countImages(event, nowMs);
        break;
      case 'partition:done':
        if (event.stage === 'project') this.stages.project.advance(1, nowMs);
        break;
      case 'attempt:failed':
        this.attempts += 1;
        addTo(this.failureCodes, event.code, 1);
        this.newest = event;
        break;
      case 'stage:done':
        this.leave(event.stage, event.ms);
        break;
      case 'cluster:seen':
        this.cluster = event;
    }
  }

  /** Nothing more comes: what is under way has stopped. */
  stop(nowMs: number): void {
    const stage = this.currentStage;
    if (stage === undefined) return;
    const { startedMs } = this.stages[stage];
    this.leave(stage, nowMs - startedMs);
    this.stages[stage].state = 'stopped';
  }

  /** What is known at that time of the same clock. */
  view(nowMs: number): RunView {
    const { extract, reduce, project, finish } = this.stages;
    const running = this.currentStage === undefined ? undefined : this.stages[this.currentStage];
    const isCounted = running === extract || running === project;
    const perSecond = isCounted && running !== undefined ? running.rate.perSecond(nowMs) : null;
    const left = running === undefined ? 0 : running.total - running.done;
    return {
      preparing: this.preparing,
      stages: {
        extract: extract.view(nowMs),
        reduce: reduce.view(nowMs),
        project: project.view(nowMs),
        finish: finish.view(nowMs),
      },
      perSecond,
      leftMs: perSecond === null || perSecond === 0 ? null : (left / perSecond) * 1000,
      ...{ quarantined: this.quarantined, codes: mostFirst(this.codes), cluster: this.cluster },
      failed: { attempts: this.attempts, codes: mostFirst(this.failureCodes), newest: this.newest },
    };
  }

  private begin({ stage, total, done }: Extract<RunEvent, { type: 'stage:start' }>, nowMs: number): void {
    const at = STAGES.indexOf(stage);
    const before = STAGES.slice(0, at).map((name) => this.stages[name]);
    const isFirst = before.every(({ state }) => state === 'waiting' || state === 'earlier');
    for (const count of before) if (count.state === 'waiting') count.state = isFirst ? 'earlier' : 'skipped';
    // A later epoch may begin with an earlier stage again.
    for (const name of STAGES.slice(at)) this.stages[name].state = 'waiting';
    this.preparing = null;
    this.currentStage = stage;
    this.stages[stage].begin(total, done, nowMs);
  }

  private leave(stage: Stage, ms: number): void {
    const count = this.stages[stage];
    count.state = 'done';
    count.tookMs = ms;
    if (stage === this.currentStage) this.currentStage = undefined;
  }

  private countImages(event: Extract<RunEvent, { type: 'images:done' }>, nowMs: number): void {
    const { extracted, quarantined, codes = {}, found } = event;
    const images = extracted + quarantined;
    const isExtracting = this.currentStage === 'extract';
    // Before the stage: the counts of earlier epochs, repeated if an epoch extracts a second time.
    if (!isExtracting) this.codes = new Map();
    this.quarantined = isExtracting ? this.quarantined + quarantined : quarantined;
    for (const [code, count] of Object.entries(codes)) addTo(this.codes, code, count);
    if (!isExtracting) return;
    const { extract } = this.stages;
    if (found === true) {
      extract.found += images;
      extract.rate.found(images);
    }
    extract.advance(images, nowMs);
  }
}

function addTo(counts: Map<string, number>, code: string, count: number): void {
  counts.set(code, (counts.get(code) ?? 0) + count);
}
