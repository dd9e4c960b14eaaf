/**
 * `verger autoscaler` against a fake Auto Scaling API that starts and stops real workers: from nothing to a
 * finished run to nothing, killed in the middle, and with an API that fails. Real Redis, real S3 server.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Epoch, type Scaling, scalingSchema } from '@verger/core';
import { type RunningCli, TRIAL } from '@verger/testkit/cli';
import {
  assertOutcome,
  type Cluster,
  clusterSuite,
  countIn,
  hasEnded,
  plantOnBoth,
  startCluster,
} from '@verger/testkit/cluster';
import { type FakeAutoScaling, startFakeAutoScaling } from '@verger/testkit/fake-auto-scaling';
import { until } from '@verger/testkit/processes';
import { until as untilTrue } from '@verger/testkit/queue-harness';
import { promisedHashes } from '@verger/testkit/run-folder';

const GROUP = 'verger-workers';
const MOST = 3;
const PLAN = ['--partitions', '12', '--components', '3', ...TRIAL];

/** A line of the autoscaler's log. */
interface Line {
  readonly msg?: string;
  readonly code?: string;
  readonly next?: string;
  readonly reason?: string;
  readonly vcpus?: number;
  readonly health?: string;
  readonly message: string;
}

function linesOf({ stderr }: RunningCli): Line[] {
  const lines = stderr().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line); // JSON lines and nothing else
}

clusterSuite('the autoscaler with real workers', () => {
  let cluster: Cluster;
  let api: FakeAutoScaling;
  /** The promised files of the local run. */
  let expected: Record<string, string>;

  const roots = ['--allow-root', 's3://results', '--allow-root', 's3://images'];
  const scaler = (...more: string[]) => {
    const limits = ['--max-vcpus', String(MOST), '--vcpu-step', '1', '--boot-seconds', '1'];
    // So slow are they expected to be that the little there is asks for all machines.
    const rate = ['--images-per-vcpu-second', '2'];
    const pace = ['--interval', '1', '--settle-seconds', '8', '--health', '127.0.0.1:0'];
    const where = ['--place', 's3://results', '--redis', cluster.redis.url, '--group', GROUP];
    const { AWS_ENDPOINT_URL_AUTO_SCALING = '' } = api.env;
    return cluster.leave(['autoscaler', ...where, ...limits, ...rate, ...pace, ...more], {
      env: { AWS_ENDPOINT_URL_AUTO_SCALING },
    });
  };
  const submit = async (name: string, ...more: string[]) => {
    const run = ['run', 's3://images/orchard', '--output', 's3://results', '--name', name, ...PLAN];
    const words = [...run, '--redis', cluster.redis.url, '--detach', ...more];
    assertOutcome(await cluster.verger(words), 0);
  };
  const isDone = (name: string) => existsSync(join(cluster.onServer(name), '_SUCCESS'));
  const isEmpty = () => api.desired === 0 && api.instances.length === 0;
  const recordOf = <T>(name: string, file: string) =>
    JSON.parse(readFileSync(join(cluster.onServer(name), file), 'utf8')) as T;
  const scalingOf = (name: string): Scaling => scalingSchema.parse(recordOf(name, 'scaling.json'));
  const end = async (running: RunningCli) => {
    running.child.kill('SIGTERM');
    assertOutcome(await running.ended, 0);
  };

  before(async () => {
    cluster = await startCluster();
    const images = await plantOnBoth(cluster, 'orchard', { kinds: 24, views: 8 });
    const local = ['run', images, '--output', join(cluster.folder, 'local'), '--name', 'calm', ...PLAN];
    assertOutcome(await cluster.verger(local), 0);
    expected = await promisedHashes(join(cluster.folder, 'local', 'calm'));
    api = await startFakeAutoScaling({
      ...{ name: GROUP, maxSize: 8, bootMs: 500 },
      launch: async (id) => {
        const { child, ended } = await cluster.serve('worker', [...roots, '--worker-name', id]);
        return { ended, stop: () => child.kill('SIGTERM') };
      },
    });
    await cluster.serve('reducer', roots);
  });
  after(async () => {
    await api?.close();
    await cluster?.close();
  });

  test('from nothing to a finished run to nothing, by a deadline', async () => {
    const running = scaler();
    await submit('calm', '--deadline', '5s');
    await until('the run is done', () => isDone('calm') || hasEnded(running));
    await until('nothing is left', () => isEmpty() || hasEnded(running));
    await end(running);
    assert.deepEqual(await promisedHashes(cluster.onServer('calm')), expected);
    assert.equal(api.set[0], MOST, 'from nothing in one step');
    assert.ok(api.most <= MOST, `${api.most} machines at once`);
    assert.equal(api.set.at(-1), 0);
    const decisions = linesOf(running).filter(({ msg }) => msg === 'decision');
    assert.deepEqual(
      decisions.map(({ vcpus }) => vcpus),
      api.set,
    );
    assert.ok(decisions.every(({ reason = '' }) => reason.length > 10));
    const { group, decisions: stored } = scalingOf('calm');
    assert.equal(group, GROUP);
    assert.deepEqual([stored[0]?.fromVcpus, stored[0]?.vcpus], [0, api.set[0]]);
    assert.match(stored[0]?.reason ?? '', /192 images in 1 run/);
    assert.ok(Date.parse(recordOf<Epoch>('calm', 'epochs/0001.json').deadline ?? '') > 0);
    assertOutcome(await cluster.verger(['verify', 's3://results/calm']), 0);
    const { stdout } = assertOutcome(await cluster.verger(['status', 's3://results/calm']), 0);
    assert.match(stdout, /\n {2}deadline .*\n {2}autoscaler {2}\d vCPU/);
  });

  test('killed in the middle and started again: the same files, and nothing is left', async () => {
    const from = api.set.length;
    const first = scaler();
    await submit('killed', '--deadline', '5s');
    await until('a partition is committed', () => countIn(cluster.onServer('killed'), 'commits') > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    const before = scalingOf('killed').decisions;
    const capacity = api.desired;
    assert.ok(capacity > 0);
    const second = scaler();
    await until('the run is done', () => isDone('killed') || hasEnded(second));
    await until('nothing is left', () => isEmpty() || hasEnded(second));
    await end(second);
    assert.deepEqual(await promisedHashes(cluster.onServer('killed')), expected);
    assert.ok(api.most <= MOST, `${api.most} machines at once`);
    assert.equal(api.set.at(-1), 0);
    const zeros = api.set.slice(from).filter((vcpus) => vcpus === 0);
    assert.equal(zeros.length, 1, 'it did not go down and up again');
    assert.deepEqual(scalingOf('killed').decisions.slice(0, before.length), before);
  });

  for (const [mode, code] of [
    ['denied', 'E_SCALING_DENIED'],
    ['deleted', 'E_SCALING_GROUP'],
    ['expired', 'E_SCALING_CREDENTIALS'],
  ] as const) {
    test(`an API that is ${mode}: ${code} and what to do in the log, and no machine`, async () => {
      const [from, set, machines] = [api.calls.length, api.set.length, api.instances.length];
      api.mode = mode;
      await submit(`api-${mode}`);
      const running = scaler();
      const held = () => linesOf(running).filter(({ msg }) => msg === 'holds');
      await until('it holds', () => held().length > 0 || hasEnded(running));
      const { health } = linesOf(running).find(({ message }) => message === 'follows the runs') ?? {};
      const looks = async () => {
        const text = await (await fetch(`${health}/metrics`)).text();
        return Number(/^verger_looks_total (\d+)$/m.exec(text)?.[1] ?? 0);
      };
      await untilTrue('it has looked 4 times', async () => hasEnded(running) || (await looks()) >= 4);
      assert.ok((await looks()) >= 4);
      const ready = await fetch(`${health}/readyz`);
      assert.equal(ready.status, 503);
      assert.match(await ready.text(), new RegExp(`^${code}`));
      await end(running);
      assert.deepEqual(
        held().map((line) => line.code),
        [code],
      );
      assert.ok((held()[0]?.next ?? '').length > 20);
      assert.equal(api.calls.length - from, 1, 'it is asked again after a minute');
      assert.deepEqual([api.set.length, api.instances.length], [set, machines]);
      assertOutcome(await cluster.verger(['cancel', `s3://results/api-${mode}`]), 0);
      api.mode = 'ok';
    });
  }

  test('an API that throttles is asked again after a pause, and then for what is needed', async () => {
    const from = api.set.length;
    api.mode = 'throttled';
    const running = scaler();
    await submit('throttled');
    const said = (msg: string) => linesOf(running).some((line) => line.msg === msg);
    await until('it holds', () => said('holds') || hasEnded(running));
    assert.equal(api.set.length, from);
    api.mode = 'ok';
    await until('it has asked', () => api.set.length > from || hasEnded(running));
    await until('it goes on', () => said('resumes') || hasEnded(running));
    await end(running);
    assert.ok((api.set.at(-1) ?? 0) > 0 && api.most <= MOST);
  });
});
