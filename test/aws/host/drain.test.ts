/**
 * Instances of the worker fleet that AWS takes away: the scripts of infra/aws/host run for real, against a fake
 * metadata service, with worker processes in place of containers, a real Redis with the users of compose, and
 * a real S3 server.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TRIAL } from '@verger/testkit/cli';
import {
  assertOutcome,
  type Cluster,
  clusterSuite,
  countIn,
  imagesOf,
  plantOnBoth,
  type Serving,
  startCluster,
} from '@verger/testkit/cluster';
import { until } from '@verger/testkit/processes';
import { promisedHashes } from '@verger/testkit/run-folder';
import { type S3Proxy, startS3Proxy } from '@verger/testkit/s3-proxy';
import { optionOf } from './commands.ts';
import { type FakeHost, type HostOptions, startHost } from './fake-host.ts';
import { makeNamespace, namespaceMissing } from './namespace.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PASSWORD = 'a1b2c3d4e5f6';
const PLAN = ['--partitions', '4', '--components', '3', ...TRIAL];
const INTERRUPTION = JSON.stringify({ action: 'terminate', time: '2030-01-01T00:02:00Z' });
/** AWS waits for 120 s; jobs are small here, so that half of it is plenty. */
const ENDED_MS = 60_000;

clusterSuite('an instance of the worker fleet', () => {
  let cluster: Cluster;
  let proxy: S3Proxy;
  let expected: Record<string, string>;
  const hosts: FakeHost[] = [];
  const others: Serving[] = [];

  const boot = async (options: Partial<HostOptions> & { instance: string }): Promise<FakeHost> => {
    const host = await startHost({
      folder: cluster.folder,
      queue: `127.0.0.1:${cluster.redis.port}`,
      password: PASSWORD,
      env: { ...cluster.s3.env, VERGER_S3_ENDPOINT: proxy.endpoint, VERGER_PROCESSES: '1' },
      ...options,
    });
    hosts.push(host);
    const { code, stdout, stderr } = await host.run('worker.sh');
    assert.equal(code, 0, `${stdout}${stderr}${await host.log()}`);
    return host;
  };
  const submit = async (name: string) => {
    const args = ['run', 's3://images/orchard', '--output', 's3://results', '--name', name, ...PLAN];
    assertOutcome(await cluster.verger([...args, '--redis', cluster.redis.url, '--detach']), 0);
  };
  const finishElsewhere = async (name: string) => {
    others.push(await cluster.serve('worker'));
    assertOutcome(await cluster.verger(['status', `s3://results/${name}`, '--watch']), 0);
    assert.deepEqual(await promisedHashes(cluster.onServer(name)), expected);
  };
  /** The agent's end: on time, the worker through in its grace, the hook completed once and as AWS wants it. */
  const drained = async (host: FakeHost, instance: string) => {
    const began = performance.now();
    const agent = await host.agent().ended;
    assert.equal(agent.code, 0, agent.stderr);
    assert.ok(performance.now() - began < ENDED_MS);
    const [worker, ...more] = host.docker.containers;
    assert.deepEqual(more, []);
    assertOutcome((await worker?.running.ended) ?? assert.fail('no worker'), 0);
    assert.deepEqual(
      host.docker.stops.map(({ killed }) => killed),
      [false],
    );
    const completed = host.awsCalls('autoscaling complete-lifecycle-action');
    assert.equal(completed.length, 1, agent.stdout);
    const [call] = completed;
    const said = ['--auto-scaling-group-name', '--lifecycle-hook-name', '--instance-id', '--region'].map(
      (option) => call && optionOf(call, option),
    );
    assert.deepEqual(said, ['verger-workers', 'verger-drain', instance, 'eu-west-1']);
    assert.ok(call?.args.includes('CONTINUE'));
    assert.deepEqual(host.awsCalls('autoscaling set-instance-health'), []);
    return agent;
  };

  before(async () => {
    const acl = await readFile(join(ROOT, 'infra/docker/users.acl'), 'utf8');
    const worker = acl.split('\n').find((line) => line.startsWith('user verger-worker '));
    cluster = await startCluster({ users: [`${worker?.replace('>WORKER ', `>${PASSWORD} `)}`] });
    proxy = await startS3Proxy(cluster.s3.port, () => 0.5);
    const images = await plantOnBoth(cluster, 'orchard', { kinds: 3, views: 3 });
    const local = ['run', images, '--output', join(cluster.folder, 'local'), '--name', 'calm', ...PLAN];
    assertOutcome(await cluster.verger(local), 0);
    expected = await promisedHashes(join(cluster.folder, 'local', 'calm'));
    await cluster.serve('reducer');
  });
  afterEach(async () => {
    proxy.set(null);
    await Promise.all(hosts.splice(0).map((host) => host.close()));
    for (const { child, ended } of others.splice(0)) {
      child.kill('SIGTERM');
      await ended;
    }
  });
  after(async () => {
    await cluster?.close();
    await proxy?.close();
  });

  test('a spot interruption: the job is given back, the hook is completed, another worker finishes', async () => {
    let refusals = 2; // the group learns of the interruption some seconds after the instance
    const host = await boot({
      instance: 'i-0spot',
      graceSeconds: 11,
      answer: ({ args }) => {
        if (!args.includes('complete-lifecycle-action') || refusals === 0) return undefined;
        refusals -= 1;
        return { code: 254, text: 'ValidationError: No active Lifecycle Action found' };
      },
    });
    proxy.set({ share: 1, faults: ['stall'], only: imagesOf('orchard') });
    await submit('spot');
    await until('the worker holds a job', () => proxy.spoilt > 0);
    host.metadata.tell('spot/instance-action', INTERRUPTION);
    const { stdout } = await drained(host, 'i-0spot');
    assert.match(stdout, /spot interruption .*terminate/);
    assert.match(stdout, /not completed yet: .*No active Lifecycle Action/);
    assert.equal(countIn(cluster.onServer('spot'), 'commits'), 0);
    assert.equal(countIn(cluster.onServer('spot'), 'failures'), 0, 'no attempt is used');
    proxy.set(null);
    await finishElsewhere('spot');
  });

  test('a lifecycle termination after a rebalance notice: the job is finished, whatever IMDS does', async () => {
    const host = await boot({ instance: 'i-0group' });
    proxy.set({ share: 1, faults: ['slow-down'], only: imagesOf('orchard') });
    await submit('group');
    await until('the worker holds a job', () => proxy.spoilt > 0);
    host.metadata.tell('events/recommendations/rebalance', '{"noticeTime":"2030-01-01T00:00:00Z"}');
    host.metadata.fail(5);
    host.metadata.endTokens();
    const stops = () => host.calls.filter(({ program, args }) => program === 'docker' && args[0] === 'stop');
    await until('the agent has logged the recommendation', () =>
      host.agent().stdout().includes('rebalance recommended'),
    );
    assert.deepEqual(stops(), []);
    host.metadata.tell('autoscaling/target-lifecycle-state', 'Terminated');
    await until('the worker is stopped', () => stops().length === 1);
    proxy.set(null);
    await drained(host, 'i-0group');
    assert.ok(countIn(cluster.onServer('group'), 'commits') > 0, 'it had the time to finish');
    await finishElsewhere('group');
    const commit = await readFile(join(cluster.onServer('group'), 'commits/part-00000.json'), 'utf8');
    assert.match(commit, /"i-0group"/);
    assert.match(commit, /"c7a\.xlarge"/);
  });

  const skip = namespaceMissing();
  test('the same with the real address of the metadata service, in a network namespace', {
    skip,
  }, async () => {
    const namespace = await makeNamespace(cluster.folder);
    try {
      const host = await boot({ instance: 'i-0real', namespace });
      host.metadata.tell('spot/instance-action', INTERRUPTION);
      await drained(host, 'i-0real');
    } finally {
      await Promise.all(hosts.splice(0).map((host) => host.close()));
      await namespace.close();
    }
  });
});
