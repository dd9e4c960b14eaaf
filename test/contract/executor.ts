import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { cancelFile, type Executor, RUN_FILES, type Run, type RunEvent, VergerError } from '@verger/core';

/** An executor to test, and runs for it. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  /**
   * A run of these images (path to content), cut into that many partitions, with an open epoch. A content
   * that begins with `HOLD` waits until `release`; `same` everywhere gives equal features; an empty one is a
   * bad image; any other has features of its own.
   */
  openRun(files: Readonly<Record<string, string>>, partitions: number): Promise<Run>;
  /** Opens the run's next epoch. */
  openNextEpoch(run: Run): Promise<Run>;
  /** Lets the held images go on. */
  release(): void;
  readonly dispose: () => Promise<void>;
}

const GOOD = { 'a/0.jpg': 'image 0', 'a/1.jpg': 'image 1', 'b/2.jpg': 'image 2', 'b/3.jpg': 'image 3' };
const HELD = { ...GOOD, 'b/9.jpg': 'HOLD' };

async function isThere(run: Run, file: string): Promise<boolean> {
  return (await run.store.read(file)).status === 'read';
}

/** Watches to the end. What `watch` throws is thrown. */
async function eventsOf(executor: Executor, run: Run, each: (event: RunEvent) => void = () => {}) {
  const events: RunEvent[] = [];
  for await (const event of executor.watch(run)) {
    events.push(event);
    each(event);
  }
  return events;
}

const throws = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error) => error instanceof VergerError && error.code === code);

/** What every executor does, wherever its stages run. */
export function executorContract(name: string, create: () => Promise<ExecutorUnderTest>): void {
  const fact = (what: string, body: (under: ExecutorUnderTest, t: TestContext) => Promise<void>) =>
    test(what, async (t) => {
      const under = await create();
      t.after(under.dispose);
      await body(under, t);
    });

  describe(`${name} is an executor`, () => {
    fact('a submitted run ends with run:done, and is finished in storage by then', async (under) => {
      const run = await under.openRun(GOOD, 2);
      await under.executor.submit(run);
      const events = await eventsOf(under.executor, run);
      assert.deepEqual(events.at(-1), { type: 'run:done', verdict: 'ok' });
      assert.equal(events.filter(({ type }) => type === 'run:done').length, 1);
      assert.ok(await isThere(run, RUN_FILES.success));
    });

    fact(
      'stages come in order, each whole, and the counts of images add up to the listing',
      async (under) => {
        const run = await under.openRun({ ...GOOD, 'a/bad.jpg': '' }, 2);
        await under.executor.submit(run);
        const events = await eventsOf(under.executor, run);
        const stages = events.flatMap((event) =>
          event.type === 'stage:start' || event.type === 'stage:done' ? [`${event.type} ${event.stage}`] : [],
        );
        assert.deepEqual(
          stages,
          ['extract', 'reduce', 'project', 'finish'].flatMap((stage) => [
            `stage:start ${stage}`,
            `stage:done ${stage}`,
          ]),
        );
        const images = events.filter((event) => event.type === 'images:done');
        assert.deepEqual(
          [
            images.reduce((total, { extracted }) => total + extracted, 0),
            images.reduce((total, { quarantined }) => total + quarantined, 0),
          ],
          [4, 1],
        );
        for (const stage of ['extract', 'project'] as const) {
          const at = (type: 'stage:start' | 'stage:done') =>
            events.findIndex((event) => event.type === type && event.stage === stage);
          const between = events.slice(at('stage:start'), at('stage:done'));
          const partitions = between.flatMap((event) =>
            event.type === 'partition:done' && event.stage === stage ? [event.partition] : [],
          );
          assert.deepEqual(partitions.sort(), [0, 1], stage);
        }
      },
    );

    fact('watch throws the error that ended the run, after the events before it', async (under) => {
      const run = await under.openRun({ 'a/0.jpg': 'same', 'a/1.jpg': 'same', 'b/2.jpg': 'same' }, 1);
      await under.executor.submit(run);
      const events: RunEvent[] = [];
      await throws(
        eventsOf(under.executor, run, (event) => events.push(event)),
        'E_PCA_NO_VARIANCE',
      );
      assert.ok(
        events.some(
          (event) =>
            event.type === 'attempt:failed' && event.stage === 'reduce' && event.code === 'E_PCA_NO_VARIANCE',
        ),
      );
      assert.ok(!events.some(({ type }) => type === 'run:done'));
    });

    fact('cancel ends the run, and says so in storage; what is committed stays', async (under) => {
      const run = await under.openRun(HELD, 5);
      await under.executor.submit(run);
      let cancelling: Promise<void> | undefined;
      await throws(
        eventsOf(under.executor, run, (event) => {
          if (event.type === 'partition:done') cancelling ??= under.executor.cancel(run);
        }),
        'E_RUN_CANCELLED',
      );
      await cancelling;
      assert.ok(await isThere(run, cancelFile(run.epoch)));
      assert.ok(!(await isThere(run, RUN_FILES.success)));

      const next = await under.openNextEpoch(run);
      under.release();
      await under.executor.submit(next);
      const events = await eventsOf(under.executor, next);
      const first = events.find((event) => event.type === 'images:done');
      assert.ok(first !== undefined && first.extracted > 0, 'the first count is what was committed before');
      assert.equal(events.at(-1)?.type, 'run:done');
    });

    fact('a run that is submitted again when it is finished ends at once', async (under) => {
      const run = await under.openRun(GOOD, 1);
      await under.executor.submit(run);
      await eventsOf(under.executor, run);
      const next = await under.openNextEpoch(run);
      await under.executor.submit(next);
      const events = await eventsOf(under.executor, next);
      assert.ok(!events.some(({ type }) => type === 'partition:done' || type === 'images:done'));
      assert.equal(events.at(-1)?.type, 'run:done');
    });

    fact('close ends what is under way with E_INTERRUPTED, and may be called again', async (under) => {
      const run = await under.openRun(HELD, 1);
      await under.executor.submit(run);
      const watching = eventsOf(under.executor, run);
      const ended = throws(watching, 'E_INTERRUPTED');
      await Promise.all([under.executor.close(), under.executor.close()]);
      await ended;
      await under.executor.close();
      await throws(under.executor.submit(run), 'E_INTERRUPTED');
    });
  });
}
