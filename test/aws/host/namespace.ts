/** A network namespace in which 169.254.169.254 is the fake metadata service. Needs root and iproute2. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@verger/testkit/processes';
import { startProgram } from '@verger/testkit/program';

/** A namespace of this test. */
export interface Namespace {
  /** Where the metadata service listens, outside of it. */
  readonly socket: string;
  /** What a command is preceded with to run inside. */
  readonly enter: readonly string[];
  close(): Promise<void>;
}

const ADDRESS = '169.254.169.254';
const ip = (...args: string[]) => spawnSync('ip', args, { encoding: 'utf8' });
const FORWARD = `const net = require('node:net');
net.createServer((inside) => {
  const outside = net.connect(process.argv[1]);
  inside.on('error', () => outside.destroy()).pipe(outside);
  outside.on('error', () => inside.destroy()).pipe(inside);
}).listen(80, '${ADDRESS}', () => process.stderr.write('listens'));`;

/** Why there can be none here; false where they work. */
export function namespaceMissing(): string | false {
  const name = `verger-probe-${process.pid}`;
  const made = ip('netns', 'add', name);
  if (made.error !== undefined) return 'needs iproute2 (ip netns)';
  if (made.status !== 0) return `needs the right to make network namespaces: ${made.stderr.trim()}`;
  ip('netns', 'del', name);
  return false;
}

/** Makes one, with nothing but loopback and the address. `folder` is for its socket. */
export async function makeNamespace(folder: string): Promise<Namespace> {
  const name = `verger-${process.pid}`;
  const enter = ['ip', 'netns', 'exec', name];
  const socket = join(folder, 'imds.sock');
  for (const args of [
    ['netns', 'add', name],
    ['-n', name, 'link', 'set', 'lo', 'up'],
    ['-n', name, 'address', 'add', `${ADDRESS}/32`, 'dev', 'lo'],
  ]) {
    const { status, stderr } = ip(...args);
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  }
  const [command = '', ...args] = [...enter, process.execPath, '-e', FORWARD, socket];
  const forwarder = startProgram(command, args);
  await until('the forwarder listens', () => forwarder.stderr().includes('listens'));
  return {
    ...{ socket, enter },
    close: async () => {
      forwarder.child.kill('SIGKILL');
      await forwarder.ended;
      ip('netns', 'del', name);
    },
  };
}
