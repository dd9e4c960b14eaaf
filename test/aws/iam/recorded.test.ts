/**
 * Every request to S3 and to Auto Scaling of real processes, through runs with kills, a cancel and resumes, is
 * allowed to the role of its process by the synthesized policies.
 */
import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Autoscaler, DEFAULT_POLICY, openAwsFleet, startAutoscaler } from '@verger/autoscaler';
import { type Dashboard, startDashboard } from '@verger/dashboard';
import { createStorages, type Storages } from '@verger/storage';
import { TRIAL } from '@verger/testkit/cli';
import {
  assertOutcome,
  type Cluster,
  clusterSuite,
  imagesOf,
  plantOnBoth,
  startCluster,
  untilTrue,
} from '@verger/testkit/cluster';
import { type FakeAutoScaling, startFakeAutoScaling } from '@verger/testkit/fake-auto-scaling';
import { until } from '@verger/testkit/processes';
import { CLOCK, SILENT } from '@verger/testkit/run-harness';
import { type S3Proxy, startS3Proxy } from '@verger/testkit/s3-proxy';
import { TEST_ENV } from '@verger/testkit/s3-server';
import { type IamRequest, verdictOf } from './evaluate.ts';
import { type HeardRequest, iamOfS3 } from './s3-actions.ts';
import { ACCOUNT, type Role, readPolicies, templatesMissing } from './template.ts';

Object.assign(process.env, TEST_ENV);

/** Which role each kind of process has. */
const ROLE_OF = {
  coordinator: 'coordinator',
  worker: 'worker',
  reducer: 'control',
  dashboard: 'control',
  autoscaler: 'control',
} as const satisfies Record<string, Role>;
type Kind = keyof typeof ROLE_OF;
const KINDS = Object.keys(ROLE_OF) as Kind[];
const PLAN = ['--partitions', '3', ...TRIAL];
const GROUP = 'verger-workers';
const NOTHING = { logger: SILENT, clock: CLOCK, name: 'test' };

clusterSuite('requests of real processes', () => {
  let cluster: Cluster;
  let api: FakeAutoScaling;
  const heard = Object.fromEntries(KINDS.map((kind) => [kind, []])) as unknown as Record<
    Kind,
    HeardRequest[]
  >;
  const proxies = {} as Record<Kind, S3Proxy>;
  const closing: (() => Promise<unknown>)[] = [];

  const edge = (kind: Kind) => ({ env: { VERGER_S3_ENDPOINT: proxies[kind].endpoint } });
  const verger = async (...args: string[]) => {
    assertOutcome(await cluster.verger(args, edge('coordinator')), 0);
  };
  const run = (name: string, ...more: string[]) =>
    verger(
      ...['run', 's3://images/orchard', '--output', 's3://results', '--name', name, ...PLAN],
      ...['--redis', cluster.redis.url, ...more],
    );
  const serve = (kind: 'worker' | 'reducer') =>
    cluster.serve(kind, ['--allow-root', 's3://images', '--allow-root', 's3://results'], edge(kind));
  const storagesOf = (kind: Kind): Storages => {
    const storages = createStorages(async () => ({
      ...cluster.s3.options,
      endpoint: proxies[kind].endpoint,
    }));
    closing.push(() => storages.close());
    return storages;
  };

  before(async () => {
    cluster = await startCluster();
    api = await startFakeAutoScaling({
      ...{ name: GROUP, maxSize: 8 },
      launch: async () => ({ stop: () => {}, ended: Promise.resolve() }),
    });
    Object.assign(process.env, api.env);
    for (const kind of KINDS) {
      proxies[kind] = await startS3Proxy(
        cluster.s3.port,
        () => 0.5,
        ({ method = '', url = '', headers }) => heard[kind].push({ method, url, headers }),
      );
    }
    await plantOnBoth(cluster, 'orchard', { kinds: 3, views: 3, broken: true });
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
    await cluster?.close();
    for (const proxy of Object.values(proxies)) await proxy.close();
    await api?.close();
    for (const name of [...Object.keys(TEST_ENV), ...Object.keys(api?.env ?? {})]) delete process.env[name];
  });

  test('runs with kills, a cancel, resumes, a dashboard and an autoscaler', async () => {
    const address = { redisUrl: cluster.redis.url, prefix: 'verger', places: ['s3://results'] };
    const health = { host: '127.0.0.1', port: 0 };
    const autoscaler: Autoscaler = await startAutoscaler({
      ...{ ...NOTHING, ...address, health, storages: storagesOf('autoscaler') },
      ...{ policy: { ...DEFAULT_POLICY, vcpuStep: 1 }, intervalMs: 200 },
      fleet: await openAwsFleet(GROUP, 'eu-west-1'),
    });
    closing.push(() => autoscaler.close());
    const dashboard: Dashboard = await startDashboard({
      ...{ ...NOTHING, ...address, health, storages: storagesOf('dashboard'), listen: '127.0.0.1:0' },
      ...{ basePath: '', password: null, storageFlags: [], program: 'verger', actions: undefined },
    });
    closing.push(() => dashboard.close());

    // The worker is killed while it holds a run, which is cancelled and resumed: its locks are of an old epoch.
    proxies.worker.set({ share: 1, faults: ['stall'], only: imagesOf('orchard') });
    const lost = await serve('worker');
    await run('killed', '--components', '2', '--strict', '--detach');
    await until('the worker holds a job', () => proxies.worker.spoilt > 0);
    await untilTrue('the autoscaler asked for capacity', async () => api.set.length > 0);
    lost.child.kill('SIGKILL');
    proxies.worker.set(null);
    await verger('cancel', 's3://results/killed');
    await Promise.all([serve('worker'), serve('reducer')]);
    await verger('resume', 's3://results/killed', '--redis', cluster.redis.url);
    await run('whole', '--components', '3', '--csv', '--with-images');
    // A projection of another model is replaced, the one thing that a worker writes over.
    const projection = 'projection/part-00000.parquet';
    await copyFile(join(cluster.onServer('killed'), projection), join(cluster.onServer('whole'), projection));
    await rm(join(cluster.onServer('whole'), '_SUCCESS'));
    await verger('resume', 's3://results/whole', '--redis', cluster.redis.url);
    const { origin } = new URL(dashboard.url);
    for (const page of ['/runs', '/runs/killed', '/runs/whole']) {
      assert.equal((await fetch(`${origin}${page}`)).status, 200, page);
    }
    for (const command of ['status', 'report', 'verify']) await verger(command, 's3://results/whole');
    await verger('rm', 's3://results/killed', '--yes');
  });

  test('each kind of process made requests, and each is allowed to its role', {
    skip: templatesMissing,
  }, () => {
    const policies = readPolicies('default', 'eu-west-1');
    const renamed = (request: IamRequest): IamRequest => ({
      ...request,
      resource: request.resource.replace(/^arn:aws:s3:::images\b/, 'arn:aws:s3:::photos'),
    });
    const refused = new Set<string>();
    for (const kind of KINDS) {
      assert.ok(heard[kind].length > 0, `${kind} made no request`);
      for (const one of heard[kind]) {
        const request = renamed(iamOfS3(one));
        const verdict = verdictOf(policies.of(ROLE_OF[kind]), request);
        const { action, resource, context } = request;
        if (verdict !== 'allowed') refused.add(`${kind} ${action} ${resource} ${JSON.stringify(context)}`);
      }
    }
    assert.deepEqual([...refused].sort(), []);
  });

  test('the runs did what rights are about: creates, replacements, deletions, listings', () => {
    const did = (kind: Kind) => {
      const words = heard[kind].map((one) => {
        const { action, context } = iamOfS3(one);
        return action === 's3:PutObject' && context['s3:if-none-match'] === undefined ? 'replace' : action;
      });
      return [...new Set(words)].sort();
    };
    const [list, get, put, del] = ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject'];
    assert.deepEqual(did('worker'), ['replace', get, list, put].sort());
    assert.ok(did('coordinator').includes(`${del}`) && did('coordinator').includes(`${put}`));
    assert.ok(did('reducer').includes(`${put}`) && did('reducer').includes('replace'));
    assert.deepEqual(did('dashboard'), [get, list].sort());
    assert.deepEqual(did('autoscaler'), ['replace', get, list].sort());
  });

  test('the autoscaler calls two actions of Auto Scaling, of its own group', {
    skip: templatesMissing,
  }, () => {
    const policies = readPolicies('default', 'eu-west-1');
    const arn = (name: string | undefined) =>
      `arn:aws:autoscaling:eu-west-1:${ACCOUNT}:autoScalingGroup:b5a1:autoScalingGroupName/${name}`;
    for (const call of api.calls) {
      const isList = call['Action'] === 'DescribeAutoScalingGroups';
      const request = {
        action: `autoscaling:${call['Action']}`,
        resource: isList ? '*' : arn(call['AutoScalingGroupName']),
        context: {},
      };
      assert.equal(verdictOf(policies.of('control'), request), 'allowed', JSON.stringify(call));
    }
    const actions = new Set(api.calls.map((call) => call['Action']));
    assert.deepEqual([...actions].sort(), ['DescribeAutoScalingGroups', 'SetDesiredCapacity']);
  });
});
