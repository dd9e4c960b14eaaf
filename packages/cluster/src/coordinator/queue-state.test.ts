import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunEvent, VergerError } from '@verger/core';
import { type Alive, PROTOCOL } from '@verger/queue';
import { QueueWatch } from './queue-state.ts';

const RUN = { location: '/r', runId: 'r', epoch: 1, priority: 'normal' } as const;
const NOTHING = { waiting: 0, active: 0, delayed: 0, failed: 0 };
const process = (role: Alive['role'], name: string, more: Partial<Alive> = {}): Alive => ({
  ...{ role, name, host: 'there', pid: 1, cpu: 'test', protocol: PROTOCOL },
  ...more,
});

/** What a coordinator tells of a cluster with these processes. */
async function toldOf(alive: readonly Alive[]): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const queue = {
    jobStates: async () => ({ reduce: 'waiting-children' as const, finish: 'absent' as const }),
    alive: async () => [...alive],
    counts: async () => ({ extract: { ...NOTHING, waiting: 3 }, project: NOTHING, reduce: NOTHING }),
  };
  const clock = { now: () => 'now', monotonicMs: () => 10_000 };
  const watch = new QueueWatch({ queue, clock }, (event) => events.push(event));
  assert.equal(await watch.look(RUN), 'under way');
  return events;
}

test('processes of another release are not counted, and the coordinator says which they are', async () => {
  const others = [process('worker', 'old', { protocol: PROTOCOL + 1 }), process('reducer', 'here')];
  const old = `worker old on there runs another release: its protocol is ${PROTOCOL + 1}, ours is ${PROTOCOL}`;
  assert.deepEqual(await toldOf(others), [
    { type: 'cluster:seen', workers: 0, reducers: 1, waiting: 3, active: 0, troubles: [old] },
    { type: 'run:notice', text: `no worker is running: start \`verger worker\`; ${old}` },
  ]);
});

test('a process in trouble is counted and its trouble shown; coordinators are not counted', async () => {
  const some = [
    process('worker', 'full', { trouble: 'E_OUTPUT_FULL: No space.' }),
    process('reducer', 'good'),
    process('coordinator', 'other', { protocol: PROTOCOL + 1 }),
  ];
  const full = 'worker full on there cannot work: E_OUTPUT_FULL: No space';
  assert.deepEqual(await toldOf(some), [
    { type: 'cluster:seen', workers: 1, reducers: 1, waiting: 3, active: 0, troubles: [full] },
    { type: 'run:notice', text: full },
  ]);
});

test('a trouble that is about another run is not told; one about this run names it', async () => {
  const denied = 'E_LOCATION_DENIED: No.';
  const some = (troubleRun: string) => [
    process('worker', 'walled', { trouble: denied, troubleRun }),
    process('reducer', 'good'),
  ];
  const [, ...ofOthers] = await toldOf(some('/other'));
  assert.deepEqual(ofOthers, []);
  const [, own] = await toldOf(some('/r'));
  const text = 'worker walled on there cannot work on /r: E_LOCATION_DENIED: No';
  assert.deepEqual(own, { type: 'run:notice', text });
});

test('error answers of a server are shown once, and end the watch after half an hour', async () => {
  const events: RunEvent[] = [];
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  let words: string | undefined = 'BUSY Redis is busy running a script.';
  const refuse = async () => {
    if (words !== undefined) throw new VergerError('E_REDIS_BUSY', {}, { detail: words });
    return { reduce: 'active' as const, finish: 'absent' as const };
  };
  const counts = async () => ({ extract: NOTHING, project: NOTHING, reduce: { ...NOTHING, active: 1 } });
  const watch = new QueueWatch(
    { queue: { jobStates: refuse, alive: async () => [], counts }, clock },
    (event) => events.push(event),
  );
  const notices = () => events.flatMap((event) => (event.type === 'run:notice' ? [event.text] : []));
  const look = async (minutes: number) => {
    for (let looks = 0; looks < minutes * 15; looks += 1) {
      clock.nowMs += 4_000;
      await watch.look(RUN);
    }
  };
  await look(5);
  const said = /^Redis returns an error; the run is waiting: E_REDIS_BUSY: .* BUSY Redis is busy running/;
  assert.equal(notices().length, 1);
  assert.match(notices()[0] ?? '', said);
  words = undefined;
  await look(1);
  assert.ok(notices().includes('Redis is back'));
  words = 'LOADING Redis is loading the dataset in memory';
  await assert.rejects(look(31), { code: 'E_REDIS_BUSY' });
  assert.equal(notices().filter((text) => text.includes('LOADING')).length, 1);
});
