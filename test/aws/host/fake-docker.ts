/** What stands for Docker on a fake host: a container is a `verger` process, started and stopped for real. */
import { type RunningCli, startCli } from '@verger/testkit/cli';
import { hasEnded } from '@verger/testkit/cluster';
import type { CommandAnswer, CommandCall } from './commands.ts';

/** A process in place of a container. */
export interface FakeContainer {
  readonly name: string;
  /** The whole of `docker run`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly running: RunningCli;
}

/** How processes are started. */
export interface FakeDockerOptions {
  readonly image: string;
  /** Over what `docker run` says: the S3 server of the test, a free port for health. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Docker of one host. */
export interface FakeDocker {
  readonly containers: readonly FakeContainer[];
  /** How long `docker stop` took, in milliseconds, and whether it had to kill. */
  readonly stops: readonly { readonly tookMs: number; readonly killed: boolean }[];
  answer(call: CommandCall): Promise<CommandAnswer>;
  close(): Promise<void>;
}

const done = (text = ''): CommandAnswer => ({ code: 0, text });
const failed = (text: string): CommandAnswer => ({ code: 1, text });

/** Values of an option that may be given several times. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((word, index) => (word === option ? [args[index + 1] ?? ''] : []));
}

/** The variables of a container, with the paths of its mounted files as this machine has them. */
function environmentOf(args: readonly string[]): Record<string, string> {
  const mounts = valuesOf(args, '--mount').map((mount) => {
    const parts = new Map(mount.split(',').map((part) => part.split('=') as [string, string]));
    return [parts.get('target') ?? '', parts.get('source') ?? ''] as const;
  });
  const sources = new Map(mounts);
  return Object.fromEntries(
    valuesOf(args, '--env').map((pair) => {
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
      return [name, sources.get(value) ?? value];
    }),
  );
}

/** The address of health that a process logs when it takes jobs. */
function healthOf({ stderr }: RunningCli): string | undefined {
  return /"message":"takes jobs".*?"health":"([^"]+)"|"health":"([^"]+)".*?"message":"takes jobs"/
    .exec(stderr())
    ?.slice(1)
    .find((found) => found !== undefined);
}

/** Docker with nothing running. */
export function fakeDocker({ image, env, cwd }: FakeDockerOptions): FakeDocker {
  const containers: FakeContainer[] = [];
  const stops: { tookMs: number; killed: boolean }[] = [];
  const run = (args: readonly string[]): CommandAnswer => {
    const words = args.slice(args.indexOf(image) + 1);
    const variables = { ...environmentOf(args), ...env };
    const [name = ''] = valuesOf(args, '--name');
    const running = startCli(words, { cwd, env: variables });
    containers.push({ name, args, env: variables, running });
    return done('0123456789ab');
  };
  const stop = async (container: FakeContainer, seconds: number): Promise<CommandAnswer> => {
    const began = performance.now();
    const { child, ended } = container.running;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    const { signal } = await ended;
    clearTimeout(timer);
    stops.push({ tookMs: performance.now() - began, killed: signal === 'SIGKILL' });
    return done();
  };
  const inspect = async (container: FakeContainer, args: readonly string[]): Promise<CommandAnswer> => {
    if (!args.join(' ').includes('Health')) return done(hasEnded(container.running) ? 'exited' : 'running');
    const health = healthOf(container.running);
    if (health === undefined) return done('starting');
    const ready = await fetch(`${health}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    return done(ready ? 'healthy' : 'starting');
  };
  return {
    ...{ containers, stops },
    answer: async ({ args }) => {
      const [command = ''] = args;
      if (command === 'run') return run(args);
      if (command === 'login' || command === 'pull') return done();
      const container = containers.find(({ name }) => name === args.at(-1));
      if (container === undefined) return failed(`Error: No such object: ${args.at(-1)}`);
      if (command === 'stop') return await stop(container, Number(args[args.indexOf('-t') + 1]));
      if (command === 'logs') return done(container.running.stderr().slice(-2_000));
      if (command === 'inspect') return await inspect(container, args);
      return failed(`docker: '${command}' is not a docker command.`);
    },
    close: async () => {
      for (const { running } of containers) running.child.kill('SIGKILL');
      await Promise.all(containers.map(({ running }) => running.ended));
    },
  };
}
