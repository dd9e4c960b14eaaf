/** What the smoke test reaches the world by: the programs `aws` and `verger`, tunnels, time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Something that is not as it must be, and what to do about it. */
export class Wrong extends Error {
  readonly next: string;
  constructor(what: string, next: string) {
    super(what);
    this.next = next;
  }
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The edges, so that tests can put programs of their own in front. */
export interface Edges {
  /** The environment of every program. */
  readonly env: NodeJS.ProcessEnv;
  /** The path of `verger`. */
  readonly verger: string;
  readonly region: string;
  readonly pollMs: number;
  /** How long something that may take so many milliseconds is waited for. */
  limitOf(ms: number): number;
  say(line: string): void;
}

/** Runs a program to its end. Code 127 if it cannot be started. */
export async function runProgram(
  [command = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return await new Promise((resolve) => {
    child.on('error', ({ message }) => resolve({ code: 127, stdout, stderr: message }));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** What `aws … --output json` says. Errors: Wrong with the words of AWS, and `next`. */
export async function aws(
  { env, region }: Edges,
  args: readonly string[],
  next = 'Check the rights of your user.',
): Promise<unknown> {
  const { code, stdout, stderr } = await runProgram(
    ['aws', ...args, '--region', region, '--output', 'json'],
    env,
  );
  if (code === 127) throw new Wrong('there is no program aws', 'Install version 2 of the AWS CLI.');
  if (code !== 0) throw new Wrong(`aws ${args.slice(0, 2).join(' ')}: ${stderr.trim()}`, next);
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as unknown);
}

/** Asks until there is an answer. Errors: Wrong after `limitMs`; what `ask` throws. */
export async function wait<T>(
  { pollMs, limitOf }: Edges,
  { limitMs, wrong }: { limitMs: number; wrong: () => Promise<Wrong> | Wrong },
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + limitOf(limitMs);
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw await wrong();
    await pause(pollMs);
  }
}

/** A tunnel of Session Manager. */
export interface Tunnel {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens a tunnel to a port of an instance, on a free port here. Errors: Wrong after half a minute. */
export async function openTunnel(edges: Edges, instance: string, remote: number): Promise<Tunnel> {
  const port = await freePort();
  const document = ['--document-name', 'AWS-StartPortForwardingSession'];
  const ports = ['--parameters', `portNumber=${remote},localPortNumber=${port}`];
  const args = [
    'ssm',
    'start-session',
    '--target',
    instance,
    ...document,
    ...ports,
    '--region',
    edges.region,
  ];
  // A group of its own: the plugin of the session is a child of aws.
  const child = spawn('aws', args, { env: edges.env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-1_000);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      said += error.message;
      resolve();
    });
    child.on('close', () => resolve());
  });
  const isOver = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const wrong = () =>
    new Wrong(
      `no tunnel to port ${remote} of ${instance}: ${said.trim()}`,
      'Install the Session Manager plugin of the AWS CLI, and allow ssm:StartSession to your user.',
    );
  try {
    await wait(edges, { limitMs: 30_000, wrong }, async () => {
      if (isOver()) throw wrong();
      return (await accepts(port)) ? true : undefined;
    });
  } catch (error) {
    endGroup(child);
    throw error;
  }
  return {
    port,
    close: async () => {
      endGroup(child);
      await ended;
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
