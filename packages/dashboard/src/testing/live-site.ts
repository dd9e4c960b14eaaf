import type { TestContext } from 'node:test';
import { applied, type LiveMessage, type LiveState } from '@verger/report';
import { RunIndex } from '@verger/run-index';
import { temporaryFolder } from '@verger/testkit/run-harness';
import { type WrittenRun, writeRun } from '@verger/testkit/written-run';
import type { StreamReader } from '../http/page.ts';
import { LiveRun } from '../live/live-run.ts';
import { type QueueAnswer, QueueWatch } from '../runs/queue-watch.ts';
import { seenStorages, setClock } from './run-site.ts';

/** A reader who keeps what it is sent. */
export class KeptReader implements StreamReader {
  readonly texts: string[] = [];
  isEnded = false;
  /** Set by a test: what it is sent next finds it gone. */
  isGone = false;

  send(text: string | Uint8Array): boolean {
    if (this.isGone) return false;
    this.texts.push(Buffer.from(text).toString('utf8'));
    return true;
  }

  end(): void {
    this.isEnded = true;
  }

  /** Its messages with their ids. */
  get messages(): { id: string; data: LiveMessage }[] {
    return this.texts.flatMap((text) => {
      const [, id, data] = /^id: (\S+)\ndata: (.*)\n\n$/.exec(text) ?? [];
      return id === undefined ? [] : [{ id, data: JSON.parse(data ?? '') as LiveMessage }];
    });
  }

  /** What a page shows after all of them. */
  get state(): LiveState | undefined {
    return this.messages.reduce<LiveState | undefined>(
      (state, { data }) => applied(state, data) ?? state,
      undefined,
    );
  }
}

/** A run that is followed, with a clock that is set and looks that are asked for. */
export async function liveSite(t: TestContext, run: WrittenRun, queue?: () => QueueAnswer) {
  const output = await temporaryFolder(t);
  const clock = setClock();
  const { storages, calls } = seenStorages();
  const written = await writeRun(output, run);
  const index = new RunIndex({ places: [output], storages, clock });
  await index.find(run.id);
  const found = index.found(run.id)[0]?.run;
  if (found === undefined) throw new Error('no run');
  const planned: (() => void)[] = [];
  const watch = new QueueWatch(queue && { ask: async () => queue() }, clock);
  const live = new LiveRun({
    ...{ run: found, queue: watch, clock, look: () => index.find(run.id) },
    later: (work) => {
      planned.push(work);
      return () => void planned.splice(planned.indexOf(work), 1);
    },
  });
  const join = async (
    reader: StreamReader,
    more: { lastId?: string; once?: boolean; signal?: AbortSignal } = {},
  ) => {
    const { lastId, once = false, signal = new AbortController().signal } = more;
    await live.join(reader, { lastId, once, signal });
  };
  const passed = async (ms = 60_000) => {
    clock.passedMs += ms;
    await live.tick();
  };
  return {
    ...written,
    output,
    clock,
    live,
    calls,
    planned,
    join,
    passed,
    write: (more: WrittenRun) => writeRun(output, more),
  };
}
