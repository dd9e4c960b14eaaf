import { counted, formatCount, formatDuration, type RunEvent, type Stage } from '@verger/core';
import type { DriverEvent } from '@verger/driver';
import { Presets, SingleBar } from 'cli-progress';
import type { CommandInput, Output } from '../cli/command.ts';
import { eventLines } from './event-text.ts';
import { Rate } from './rate.ts';

const LINE_EVERY_MS = 5000;
const VERIFY_EVERY_MS = 5000;
const STAGE_WORDS: Record<Stage, string> = {
  extract: 'extract',
  reduce: 'reduce ',
  project: 'project',
  finish: 'finish ',
};

/** A format that fits on one line, with bar and counts if there is room. */
function barFormat(stage: string, unit: string, columns: number): string {
  if (columns < 60) return `${stage} {percentage} %  {detail}`;
  if (columns < 100) return `${stage} {bar} {percentage} %  {detail}`;
  return `${stage} {bar} {percentage} %  {value}/{total} ${unit}  {detail}`;
}

/** Shows the cursor again: a second Ctrl-C may end the process while the bar hides it. */
const showCursor = () => void process.stderr.write('\u001b[?25h');

/**
 * Shows the events of a run: a bar with images/s, time left and failures on a terminal, else a line now and
 * then.
 */
export class Progress {
  private readonly out: Output;
  private readonly flags: CommandInput['flags'];
  private verifyToldMs = performance.now();
  private bar: SingleBar | undefined;
  private stage:
    | { name: Stage; total: number; done: number; startedMs: number; startedAt: number; rate: Rate }
    | undefined;
  private quarantined = 0;
  private failures = 0;
  /** Partitions of the earlier run that were not reused, counted by reason. */
  private readonly refused = new Map<string, number>();
  private cluster: Extract<RunEvent, { type: 'cluster:seen' }> | undefined;
  private lastLineMs = 0;
  private ended = false;
  /** Milliseconds from the start of this process to the first image that was done here. */
  firstImageMs: number | undefined;
  /** Milliseconds of the stages that were watched from their first moment to their last. */
  readonly stageMs: { reduce?: number; project?: number } = {};
  /** The stage before was under way here, so that the next one is seen from its first moment. */
  private watched = false;

  constructor(out: Output, flags: CommandInput['flags'] = {}) {
    this.out = out;
    this.flags = flags;
  }

  show(event: DriverEvent): void {
    if (this.ended) return;
    switch (event.type) {
      case 'stage:start':
        this.begin(event.stage, event.total, event.done);
        break;
      case 'images:done':
        if (this.stage?.name !== 'extract') {
          // Counts of earlier epochs, repeated if an epoch extracts a second time.
          this.quarantined = event.quarantined;
        } else {
          this.quarantined += event.quarantined;
          const images = event.extracted + event.quarantined;
          if (event.found === true) this.found(images);
          else this.firstImageMs ??= performance.now();
          this.advance(images);
        }
        break;
      case 'partition:done':
        if (event.stage === 'project') this.advance(1);
        break;
      case 'attempt:failed':
        this.failures += 1;
        break;
      case 'reuse:refused':
        this.refused.set(event.reason, (this.refused.get(event.reason) ?? 0) + 1);
        break;
      case 'stage:done':
        this.finishStage(event.ms);
        break;
      case 'cluster:seen':
        this.cluster = event;
        break;
      case 'verify:progress':
        if (performance.now() - this.verifyToldMs < VERIFY_EVERY_MS) break;
        this.verifyToldMs = performance.now();
        this.tell(event);
        break;
      case 'listing:image':
      case 'run:done':
        break;
      default:
        this.tell(event);
    }
  }

  /** Removes the bar and shows nothing more. */
  end(): void {
    this.ended = true;
    this.close();
  }

  /** Removes the bar and leaves the terminal clean. */
  close(): void {
    this.bar?.stop();
    this.bar = undefined;
    process.removeListener('exit', showCursor);
  }

  private begin(name: Stage, total: number, done: number): void {
    const startedMs = performance.now();
    this.stage = { name, total, done, startedMs, startedAt: done, rate: new Rate(startedMs, done) };
    if (!this.out.live || name === 'finish') return;
    const unit = name === 'extract' ? 'images' : 'partitions';
    this.bar = new SingleBar(
      {
        format: barFormat(STAGE_WORDS[name], unit, this.out.columns),
        hideCursor: true,
        clearOnComplete: true,
        fps: 8,
        barsize: Math.max(10, Math.min(30, this.out.columns - 70)),
        stream: process.stderr,
      },
      Presets.shades_classic,
    );
    this.bar.start(total, done, { detail: '' });
    process.once('exit', showCursor);
  }

  /** Images of an earlier attempt: they are done, but not by this session. */
  private found(images: number): void {
    if (this.stage === undefined) return;
    this.stage.startedAt += images;
    this.stage.rate.found(images);
  }

  private advance(by: number): void {
    const { stage } = this;
    if (stage === undefined) return;
    stage.done += by;
    stage.rate.seen(performance.now(), stage.done);
    if (this.bar !== undefined) this.bar.update(stage.done, { detail: this.detail() });
    else if (performance.now() - Math.max(this.lastLineMs, stage.startedMs) > LINE_EVERY_MS) {
      this.lastLineMs = performance.now();
      const unit = stage.name === 'extract' ? 'images' : 'partitions';
      const counts = `${formatCount(stage.done)} of ${formatCount(stage.total)} ${unit}`;
      this.out.note(`${stage.name}: ${counts}, ${this.detail()}`);
    }
  }

  private detail(): string {
    const { stage } = this;
    if (stage === undefined) return '';
    const rate = stage.rate.perSecond();
    const left = rate > 0 ? formatDuration(((stage.total - stage.done) / rate) * 1000) : '?';
    const parts = stage.name === 'extract' ? [`${rate.toFixed(0)} images/s`] : [];
    parts.push(`${left} left`);
    if (this.cluster !== undefined) parts.push(counted(this.cluster.workers, 'worker'));
    if (this.quarantined > 0) parts.push(`${formatCount(this.quarantined)} in quarantine`);
    if (this.failures > 0) parts.push(counted(this.failures, 'failed attempt'));
    return parts.join(', ');
  }

  /** Lines of their own; the bar is drawn again below them. */
  private tell(event: DriverEvent): void {
    for (const line of eventLines(event, this.flags)) {
      if (this.out.live) process.stderr.write('\r\u001b[K');
      this.out.note(line);
    }
  }

  private finishStage(ms: number): void {
    const { stage } = this;
    this.close();
    if (stage === undefined) return;
    if (this.watched && ms > 0 && (stage.name === 'reduce' || stage.name === 'project')) {
      this.stageMs[stage.name] = Math.round(ms);
    }
    this.watched = ms > 0;
    const here = stage.done - stage.startedAt;
    const rate = here > 0 && ms > 0 ? `, ${(here / (ms / 1000)).toFixed(0)} images/s` : '';
    const all = stage.startedAt > 0 ? ` (${formatCount(stage.done)} in all)` : '';
    const what = stage.name === 'extract' ? `, ${counted(here, 'image')}${all}${rate}` : '';
    this.out.note(`${STAGE_WORDS[stage.name]}  ${formatDuration(ms)}${what}`);
    for (const [reason, count] of this.refused) {
      this.out.note(`not reused: ${counted(count, 'partition')} of the earlier run (${reason})`);
    }
    this.refused.clear();
    this.stage = undefined;
  }
}
