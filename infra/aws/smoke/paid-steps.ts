/** Steps that start instances: one worker from zero, a drain, a small run, back to zero. About 0.05 USD. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { aws, type Edges, type Ended, openTunnel, runProgram, Wrong, wait } from './edges.ts';
import { queueAuthority, queuePassword, reported } from './free-steps.ts';
import { bucketOf, type Stack } from './stack.ts';

/** The lifecycle hook ends by itself after 120 s. The agent is faster: 90 s for the worker, and some seconds. */
const HOOK_MS = 115_000;
const MINUTE_MS = 60_000;

const groupSchema = z.object({
  AutoScalingGroups: z.array(
    z.object({
      DesiredCapacity: z.number(),
      Instances: z.array(z.object({ InstanceId: z.string(), LifecycleState: z.string() })).default([]),
    }),
  ),
});

async function groupOf(edges: Edges, { group }: Stack) {
  const words = ['autoscaling', 'describe-auto-scaling-groups', '--auto-scaling-group-names', group];
  const [found] = groupSchema.parse(await aws(edges, words)).AutoScalingGroups;
  if (found === undefined) throw new Wrong(`there is no group ${group}`, 'Deploy again.');
  return found;
}

/** The group's last activity, in AWS's words. */
async function lastActivity(edges: Edges, { group }: Stack): Promise<string> {
  const answer = await aws(edges, [
    ...['autoscaling', 'describe-scaling-activities', '--auto-scaling-group-name', group],
    ...['--max-items', '1'],
  ]);
  const { Activities } = z
    .object({
      Activities: z.array(z.object({ StatusCode: z.string(), StatusMessage: z.string().default('') })),
    })
    .parse(answer);
  const [last] = Activities;
  return last === undefined ? 'the group did nothing' : `${last.StatusCode} ${last.StatusMessage}`.trim();
}

/** The run of this deployment's test: the same name again continues it. */
export interface SmokeRun {
  readonly name: string;
  readonly images: number;
  /** It was submitted by an earlier attempt, so there may be workers. */
  readonly again: boolean;
}

/** The run of that name, begun earlier; without one, a new run. */
export function smokeRun(images: number, name?: string): SmokeRun {
  return { name: name ?? `smoke-${randomBytes(3).toString('hex')}`, images, again: name !== undefined };
}

/** Runs `verger` with a tunnel to the queue. */
async function withQueue(edges: Edges, stack: Stack, args: readonly string[]): Promise<Ended> {
  const password = await queuePassword(edges, stack);
  const folder = await mkdtemp(join(tmpdir(), 'verger-smoke-'));
  const tunnel = await openTunnel(edges, stack.control, 6379);
  try {
    const scheme = stack.tls ? 'rediss' : 'redis';
    const url = join(folder, 'redis-url');
    await writeFile(url, `${scheme}://verger-coordinator:${password}@127.0.0.1:${tunnel.port}\n`, {
      mode: 0o600,
    });
    const ca = join(folder, 'ca.pem');
    if (stack.tls) await writeFile(ca, await queueAuthority(edges, stack));
    const more = { AWS_REGION: edges.region, VERGER_REDIS_URL_FILE: url };
    const trust = stack.tls ? { NODE_EXTRA_CA_CERTS: ca } : {};
    return await runProgram([edges.verger, ...args], { ...edges.env, ...more, ...trust });
  } finally {
    await tunnel.close();
    await rm(folder, { recursive: true });
  }
}

/** True when a worker's log says so. There is no log before its first line. */
async function takesJobs(edges: Edges, { workerLogs }: Stack, id: string): Promise<boolean> {
  const place = ['--log-group-name', workerLogs, '--log-stream-names', `worker/${id}`];
  const words = ['logs', 'filter-log-events', ...place, '--filter-pattern', '"takes jobs"'];
  try {
    const answer = await aws(edges, words);
    return z.object({ events: z.array(z.unknown()) }).parse(answer).events.length > 0;
  } catch {
    return false;
  }
}

/** Submits the run; the autoscaler must start a worker that comes into service. Gives what to say. */
export async function startWorker(edges: Edges, stack: Stack, run: SmokeRun): Promise<string> {
  const before = await groupOf(edges, stack);
  if (before.Instances.length > 0 && !run.again)
    throw new Wrong('the fleet is not at zero', 'Wait until its runs are done, then start again.');
  const where = ['--output', stack.results, '--name', run.name, '--limit', String(run.images)];
  const submitted = await withQueue(edges, stack, ['run', stack.input, ...where, '--detach']);
  if (submitted.code !== 0)
    throw new Wrong(
      `verger run: ${submitted.stderr.trim()}`,
      'docs/errors.md has the code; docs/aws.md, too.',
    );
  const none = async () =>
    new Wrong(
      `no worker after 5 minutes; the group: ${await lastActivity(edges, stack)}`,
      `aws logs tail ${stack.controlLogs} --since 10m shows what the autoscaler decided. ` +
        'Quota for spot vCPUs: docs/aws.md, "Troubleshooting".',
    );
  const id = await wait(edges, { limitMs: 5 * MINUTE_MS, wrong: none }, async () => {
    const { Instances } = await groupOf(edges, stack);
    return Instances.find(({ LifecycleState }) => LifecycleState === 'InService')?.InstanceId;
  });
  const silent = async () => {
    const why = await reported(edges, stack.workerLogs, `worker/${id}/start`);
    const see = `aws ec2 get-console-output --latest --instance-id ${id}`;
    return new Wrong(`${id} does not take jobs${why === '' ? '' : `: ${why}`}`, `See what it says: ${see}`);
  };
  await wait(edges, { limitMs: 5 * MINUTE_MS, wrong: silent }, async () =>
    (await takesJobs(edges, stack, id)) ? true : undefined,
  );
  return `${id} takes jobs of ${run.name}`;
}

/** Has the group end the worker: the agent must stop it and complete the hook before that times out. */
export async function drainWorker(edges: Edges, stack: Stack, run: SmokeRun): Promise<string> {
  const { Instances } = await groupOf(edges, stack);
  const id = Instances.find(({ LifecycleState }) => LifecycleState === 'InService')?.InstanceId;
  if (id === undefined) throw new Wrong('there is no worker to end', 'Start again from the step worker.');
  const began = performance.now();
  await aws(edges, [
    ...['autoscaling', 'terminate-instance-in-auto-scaling-group', '--instance-id', id],
    '--no-should-decrement-desired-capacity',
  ]);
  const late = new Wrong(
    `${id} was not gone after ${HOOK_MS / 1000} s: the lifecycle hook was left to its timeout`,
    `Its agent: aws ec2 get-console-output --latest --instance-id ${id}. ` +
      'Rights: autoscaling:CompleteLifecycleAction of the worker role.',
  );
  await wait(edges, { limitMs: HOOK_MS, wrong: () => late }, async () => {
    const now = (await groupOf(edges, stack)).Instances.find(({ InstanceId }) => InstanceId === id);
    return now === undefined || /^Terminating:Proceed|^Terminated/.test(now.LifecycleState)
      ? true
      : undefined;
  });
  const prefix = `${stack.results.replace(/^s3:\/\/[^/]*\/?/, '')}${run.name}/failures/`.replace(/^\//, '');
  const listing = ['s3api', 'list-objects-v2', '--bucket', bucketOf(stack.results), '--prefix', prefix];
  const { Contents } = z
    .object({ Contents: z.array(z.unknown()).default([]) })
    .parse(await aws(edges, [...listing, '--max-items', '1']));
  if (Contents.length > 0)
    throw new Wrong('a job failed while the worker was drained', `See: aws s3 ls ${stack.results}/${prefix}`);
  return `${id} left after ${Math.round((performance.now() - began) / 1000)} s; no attempt of a job was used`;
}

/** The run must be finished by whatever worker comes. */
export async function finishRun(edges: Edges, { results }: Stack, run: SmokeRun): Promise<string> {
  const place = `${results}/${run.name}`;
  const env = { ...edges.env, AWS_REGION: edges.region };
  const { code, stderr } = await runProgram([edges.verger, 'status', place, '--watch'], env);
  if (code !== 0)
    throw new Wrong(
      `verger status ${place} ended with ${code}: ${stderr.trim()}`,
      'docs/errors.md has the code.',
    );
  return `${place} is done (to remove it: ./verger rm ${place} --yes)`;
}

/** After the last run the fleet must be at zero again. */
export async function backToZero(edges: Edges, stack: Stack): Promise<string> {
  const stays = async () => {
    const { DesiredCapacity } = await groupOf(edges, stack);
    const now = `aws autoscaling set-desired-capacity --auto-scaling-group-name ${stack.group}`;
    const next = `To stop paying now: ${now} --desired-capacity 0. Why: aws logs tail ${stack.controlLogs}`;
    return new Wrong(`after 10 minutes the group still wants ${DesiredCapacity} vCPUs`, next);
  };
  await wait(edges, { limitMs: 10 * MINUTE_MS, wrong: stays }, async () => {
    const { DesiredCapacity, Instances } = await groupOf(edges, stack);
    return DesiredCapacity === 0 && Instances.length === 0 ? true : undefined;
  });
  return 'no instance is left';
}
