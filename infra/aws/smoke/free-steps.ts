/** Steps that only look: account, rights, buckets, passwords, control box, queue. They cost nothing. */

import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { z } from 'zod';
import { aws, type Edges, openTunnel, runProgram, Wrong, wait } from './edges.ts';
import { bucketOf, type Stack } from './stack.ts';

const USERS = ['coordinator', 'worker', 'reducer', 'dashboard', 'autoscaler'];
const AGAIN = 'Deploy again, without changes by hand.';

/** The tools on this machine and who you are there. */
export async function checkIdentity(edges: Edges): Promise<string> {
  const { code, stdout } = await runProgram(['aws', '--version'], edges.env);
  if (code !== 0 || !stdout.startsWith('aws-cli/2.'))
    throw new Wrong(`aws is not version 2: ${stdout.trim()}`, 'Install version 2 of the AWS CLI.');
  const plugin = await runProgram(['session-manager-plugin', '--version'], edges.env);
  if (plugin.code !== 0)
    throw new Wrong('the Session Manager plugin is missing', 'Install session-manager-plugin: docs/aws.md.');
  const answer = await aws(edges, ['sts', 'get-caller-identity'], 'Log in: aws configure, or aws sso login.');
  const { Arn } = z.object({ Arn: z.string() }).parse(answer);
  return `${Arn}, region ${edges.region}`;
}

/** What IAM itself says of the roles: what they must do is allowed, and what they must not is not. */
export async function checkRoles(edges: Edges, { roles, results }: Stack): Promise<string> {
  const objects = `arn:aws:s3:::${bucketOf(results)}/run/commits/part-00000.json`;
  for (const [kind, role] of Object.entries(roles)) {
    const { Role } = z
      .object({ Role: z.object({ Arn: z.string() }) })
      .parse(await aws(edges, ['iam', 'get-role', '--role-name', role], AGAIN));
    const answer = await aws(edges, [
      ...['iam', 'simulate-principal-policy', '--policy-source-arn', Role.Arn],
      ...['--action-names', 's3:GetObject', 's3:DeleteObject', '--resource-arns', objects],
    ]);
    const { EvaluationResults } = z
      .object({
        EvaluationResults: z.array(z.object({ EvalActionName: z.string(), EvalDecision: z.string() })),
      })
      .parse(answer);
    const decided = new Map(EvaluationResults.map((one) => [one.EvalActionName, one.EvalDecision]));
    if (decided.get('s3:GetObject') !== 'allowed')
      throw new Wrong(
        `the role of the ${kind} may not read results`,
        `${AGAIN} A policy of your organisation?`,
      );
    if (decided.get('s3:DeleteObject') === 'allowed')
      throw new Wrong(
        `the role of the ${kind} may delete commits`,
        `Remove what was added to the role ${role}.`,
      );
  }
  return `${Object.values(roles).join(', ')}`;
}

/** Encryption, no public access, TLS alone; the images are where the stack looks for them. */
export async function checkBuckets(edges: Edges, { input, results }: Stack): Promise<string> {
  const bucket = ['--bucket', bucketOf(results)];
  await aws(edges, ['s3api', 'get-bucket-encryption', ...bucket], AGAIN);
  const { PublicAccessBlockConfiguration: block } = z
    .object({ PublicAccessBlockConfiguration: z.record(z.string(), z.boolean()) })
    .parse(await aws(edges, ['s3api', 'get-public-access-block', ...bucket], AGAIN));
  if (Object.values(block).length < 4 || Object.values(block).includes(false))
    throw new Wrong(`public access to ${results} is not blocked`, AGAIN);
  const { Policy } = z
    .object({ Policy: z.string() })
    .parse(await aws(edges, ['s3api', 'get-bucket-policy', ...bucket], AGAIN));
  if (!/"aws:SecureTransport":\s*"?false/.test(Policy))
    throw new Wrong(`${results} may be read without TLS`, AGAIN);
  const listing = ['s3api', 'list-objects-v2', '--bucket', bucketOf(input), '--max-items', '1'];
  const missing = `Upload images to ${input}, or deploy with another -c inputBucket=NAME.`;
  const { Contents } = z
    .object({ Contents: z.array(z.unknown()).default([]) })
    .parse(await aws(edges, listing, missing));
  if (Contents.length === 0) throw new Wrong(`there is nothing in ${input}`, missing);
  return `${results} is private and encrypted; ${input} has objects`;
}

/** A password for each user of the queue and one for the pages. Their values are not read here. */
export async function checkSecrets(edges: Edges, { name }: Stack): Promise<string> {
  const names = [...USERS.map((user) => `${name}/queue/${user}`), `${name}/dashboard-password`];
  for (const secret of names)
    await aws(edges, ['secretsmanager', 'describe-secret', '--secret-id', secret], AGAIN);
  return `${names.length} passwords`;
}

/** The last thing that a script of an instance reported; '' if it reported nothing. */
export async function reported(edges: Edges, group: string, stream: string): Promise<string> {
  const place = ['--log-group-name', group, '--log-stream-name', stream, '--limit', '1'];
  try {
    const answer = await aws(edges, ['logs', 'get-log-events', ...place]);
    const { events } = z.object({ events: z.array(z.object({ message: z.string() })) }).parse(answer);
    return events.at(-1)?.message ?? '';
  } catch {
    return ''; // there is no such stream: no report
  }
}

/** The box is reached by Session Manager, and its dashboard answers through a tunnel. */
export async function checkControl(edges: Edges, { control, controlLogs }: Stack): Promise<string> {
  const words = ['ssm', 'describe-instance-information', '--filters', `Key=InstanceIds,Values=${control}`];
  const instances = z.object({ InstanceInformationList: z.array(z.object({ PingStatus: z.string() })) });
  const ask = async () => instances.parse(await aws(edges, words)).InstanceInformationList[0]?.PingStatus;
  const offline = new Wrong(
    `Session Manager does not see the control box ${control}`,
    `See what it says: aws ec2 get-console-output --latest --instance-id ${control}`,
  );
  await wait(edges, { limitMs: 300_000, wrong: () => offline }, async () =>
    (await ask()) === 'Online' ? true : undefined,
  );
  const stopped = async () => {
    const why = await reported(edges, controlLogs, 'control/start');
    const shell = `aws ssm start-session --target ${control}, then: sudo tail /var/log/verger-start.log`;
    return new Wrong(`the dashboard does not answer${why === '' ? '' : `: ${why}`}`, `Look at it: ${shell}`);
  };
  const tunnel = await openTunnel(edges, control, 3000);
  try {
    await wait(edges, { limitMs: 300_000, wrong: stopped }, async () =>
      fetch(`http://127.0.0.1:${tunnel.port}/`, { signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => (status < 500 ? true : undefined),
        () => undefined,
      ),
    );
  } finally {
    await tunnel.close();
  }
  return `${control} is online; the dashboard answers`;
}

/** The password of a user of the queue. */
export async function queuePassword(edges: Edges, { name }: Stack): Promise<string> {
  const words = ['secretsmanager', 'get-secret-value', '--secret-id', `${name}/queue/coordinator`];
  return z.object({ SecretString: z.string() }).parse(await aws(edges, words)).SecretString;
}

/** The certificate of the queue's authority. */
export async function queueAuthority(edges: Edges, { name }: Stack): Promise<string> {
  const answer = await aws(edges, ['ssm', 'get-parameter', '--name', `/verger/${name}/queue-ca`]);
  return z.object({ Parameter: z.object({ Value: z.string() }) }).parse(answer).Parameter.Value;
}

/** The queue takes the coordinator's password, through a tunnel. */
export async function checkQueue(edges: Edges, stack: Stack): Promise<string> {
  const password = await queuePassword(edges, stack);
  const ca = stack.tls ? await queueAuthority(edges, stack) : undefined;
  const tunnel = await openTunnel(edges, stack.control, 6379);
  try {
    const answer = await ping(tunnel.port, password, ca);
    if (answer.includes('+PONG')) return 'takes the password of verger-coordinator';
    const next = 'Run infra/aws/host/control.sh on the box again: it reads the passwords again.';
    throw new Wrong(`the queue answers: ${answer.trim() === '' ? 'nothing' : answer.trim()}`, next);
  } finally {
    await tunnel.close();
  }
}

function ping(port: number, password: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const to = { host: '127.0.0.1', port };
    const socket = ca === undefined ? connect(to) : connectTls({ ...to, ca, servername: 'localhost' });
    let said = '';
    const done = () => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(10_000, done);
    socket.once(ca === undefined ? 'connect' : 'secureConnect', () =>
      socket.write(`AUTH verger-coordinator ${password}\r\nPING\r\n`),
    );
    socket.on('data', (data: Buffer) => {
      said += data.toString('latin1');
      if (/PONG|^-/m.test(said)) done();
    });
    socket.on('error', ({ message }) => {
      said += message;
      done();
    });
    socket.on('close', done);
  });
}
