import { counted, formatCount, formatDuration, type RunEvent, type Stage } from '@verger/core';
import type { DriverEvent } from '@verger/driver';
import type { CommandInput, Output } from '../cli/command.ts';
import { hasSpeed, rateText, runLines } from './block/run-lines.ts';
import { RunTracker } from './block/tracker.ts';
import { eventLines } from './event-text.ts';

const LINE_EVERY_MS = 5000;
const VERIFY_EVERY_MS = 5000;
const STAGE_WORDS: Record<Stage, string> = {
  extract: 'extract',
  reduce: 'reduce ',
  project: 'project',
  finish: 'finish ',
};
/** Events that the block shows as they are now; elsewhere they are lines. */
const IN_BLOCK: readonly DriverEvent['type'][] = ['weights:fetching', 'verify:progress'];

/** What is done, how fast, and what went wrong: the end of a line. */
function detailOf(tracker: RunTracker, stage: Stage, nowMs: number): string {
  const { perSecond, leftMs, cluster, quarantined, failed } = tracker.view(nowMs);
  const parts = stage === 'extract' && hasSpeed(perSecond) ? [`${rateText(perSecond)} images/s`] : [];
  parts.push(`${leftMs === null ? '?' : formatDuration(leftMs)} left`);
  if (cluster !== null) parts.push(counted(cluster.workers, 'worker'));
  if (quarantined > 0) parts.push(`${formatCount(quarantined)} in quarantine`);
  if (failed.attempts > 0) parts.push(counted(failed.attempts, 'failed attempt'));
  return parts.join(', ');
}

/** What a progress is of. */
export interface ProgressOptions {
  readonly flags?: CommandInput['flags'];
  /** Of a run that something else does. Default: no, until workers are told to. */
  readonly isWatched?: boolean;
}

/**
 * Shows the events of a run: a block of a few lines on a terminal, else a line now and then and one for the
 * end of each stage.
 */
export class Progress {
  private readonly out: Output;
  private readonly flags: CommandInput['flags'];
  private readonly tracker = new RunTracker();
  private verifyToldMs = performance.now();
  /** Partitions of the earlier run that were not reused, counted by reason. */
  private readonly refused = new Map<string, number>();
  private stageStartedMs = 0;
  private lastLineMs = 0;
  private ended = false;
  /** Milliseconds from the start of this process to the first image that was done here. */
  firstImageMs: number | undefined;
  /** Milliseconds of the stages that were watched from their first moment to their last. */
  readonly stageMs: { reduce?: number; project?: number } = {};
  /** The stage before was under way here, so that the next one is seen from its first moment. */
  private watched = false;

  /** Others do the run: it goes on when this command ends. */
  private isWatched: boolean;

  constructor(out: Output, { flags = {}, isWatched = false }: ProgressOptions = {}) {
    this.out = out;
    this.flags = flags;
    this.isWatched = isWatched;
  }

  show(event: DriverEvent): void {
    if (this.ended) return;
    const nowMs = performance.now();
    const stage = this.tracker.current;
    this.tracker.see(event, nowMs);
    this.out.block?.open((size) =>
      runLines(this.tracker.view(performance.now()), { ...size, nowMs: Date.now() }),
    );
    switch (event.type) {
      case 'stage:start':
        this.stageStartedMs = nowMs;
        break;
      case 'executor:cluster':
        this.isWatched = true;
        this.tell(event);
        break;
      case 'images:done':
        if (stage !== 'extract') break;
        if (event.found !== true) this.firstImageMs ??= nowMs;
        this.lineNowAndThen(nowMs);
        break;
      case 'partition:done':
        if (event.stage === 'project') this.lineNowAndThen(nowMs);
        break;
      case 'reuse:refused':
        this.refused.set(event.reason, (this.refused.get(event.reason) ?? 0) + 1);
        break;
      case 'stage:done':
        this.endStage(event, nowMs);
        break;
      case 'verify:progress':
        if (nowMs - this.verifyToldMs < VERIFY_EVERY_MS) break;
        this.verifyToldMs = nowMs;
        this.tell(event);
        break;
      default:
        this.tell(event);
    }
  }

  /** Leaves the block as it is now, and shows nothing more. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (!this.isWatched) this.tracker.stop(performance.now());
    this.out.block?.close({ keep: true });
  }

  /** Removes the block: what the command prints says how it ended. */
  close(): void {
    this.ended = true;
    this.out.block?.close({ keep: false });
  }

  /** Without a terminal: how far a stage is, every five seconds. */
  private lineNowAndThen(nowMs: number): void {
    const stage = this.tracker.current;
    if (this.out.block !== undefined || stage === undefined) return;
    if (nowMs - Math.max(this.lastLineMs, this.stageStartedMs) <= LINE_EVERY_MS) return;
    this.lastLineMs = nowMs;
    const { done, total } = this.tracker.counts(stage);
    const unit = stage === 'extract' ? 'images' : 'partitions';
    const counts = `${formatCount(done)} of ${formatCount(total)} ${unit}`;
    this.out.note(`${stage}: ${counts}, ${detailOf(this.tracker, stage, nowMs)}`);
  }

  /** Lines of their own, above the block. */
  private tell(event: DriverEvent): void {
    if (this.out.block !== undefined && IN_BLOCK.includes(event.type)) return;
    for (const line of eventLines(event, this.flags)) this.out.note(line);
  }

  private endStage({ stage, ms }: Extract<RunEvent, { type: 'stage:done' }>, nowMs: number): void {
    if (this.watched && ms > 0 && (stage === 'reduce' || stage === 'project')) {
      this.stageMs[stage] = Math.round(ms);
    }
    this.watched = ms > 0;
    if (this.out.block === undefined) this.out.note(this.stageText(stage, ms));
    for (const [reason, count] of this.refused) {
      this.out.note(`not reused: ${counted(count, 'partition')} of the earlier run (${reason})`);
    }
    this.refused.clear();
    this.stageStartedMs = nowMs;
  }

  private stageText(stage: Stage, ms: number): string {
    const { done, found } = this.tracker.counts(stage);
    const here = done - found;
    const rate = here > 0 && ms > 0 ? `, ${(here / (ms / 1000)).toFixed(0)} images/s` : '';
    const all = found > 0 ? ` (${formatCount(done)} in all)` : '';
    const what = stage === 'extract' ? `, ${counted(here, 'image')}${all}${rate}` : '';
    return `${STAGE_WORDS[stage]}  ${formatDuration(ms)}${what}`;
  }
}
