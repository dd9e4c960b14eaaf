/** An instance of the worker fleet, as the scripts of infra/aws/host see it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeMetadata, startFakeMetadata } from '@verger/testkit/fake-metadata';
import { type ProgramResult, type RunningProgram, startProgram } from '@verger/testkit/program';
import { type CommandAnswer, type CommandCall, type Commands, fakeCommands, optionOf } from './commands.ts';
import { type FakeDocker, fakeDocker } from './fake-docker.ts';
import type { Namespace } from './namespace.ts';

const SCRIPTS = fileURLToPath(new URL('../../../infra/aws/host/', import.meta.url));
const PROGRAMS = ['aws', 'chown', 'dnf', 'docker', 'systemctl'];
const REGISTRY = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const done = (text = ''): CommandAnswer => ({ code: 0, text });

/** Settings of a host that differ from the usual ones, and what it stands on. */
export interface HostOptions {
  readonly folder: string;
  readonly instance: string;
  /** The queue, as host:port, and the password of verger-worker. */
  readonly queue: string;
  readonly password: string;
  /** Variables of the worker's process: how it reaches the S3 server of the test. */
  readonly env: Readonly<Record<string, string>>;
  readonly graceSeconds?: number;
  /** More lines of the settings. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly namespace?: Namespace;
  /** More variables of the scripts. */
  readonly scriptEnv?: Readonly<Record<string, string>>;
  /** Asked first for each command; undefined: the usual answer. */
  readonly answer?: (call: CommandCall) => CommandAnswer | undefined;
}

/** A host and what happened on it. */
export interface FakeHost {
  readonly metadata: FakeMetadata;
  readonly docker: FakeDocker;
  readonly calls: readonly CommandCall[];
  /** Calls of `aws SERVICE COMMAND` that were answered well. */
  awsCalls(command: string): CommandCall[];
  /** Where its files are. */
  readonly folder: string;
  /** Runs a script of infra/aws/host, or one by its path, to its end. */
  run(script: string): Promise<ProgramResult>;
  /** Starts the drain agent, as its unit would. */
  startAgent(): RunningProgram;
  /** The agent that the unit started. */
  agent(): RunningProgram;
  /** What the scripts wrote to their log file. */
  log(): Promise<string>;
  close(): Promise<void>;
}

const settingsOf = ({ queue, graceSeconds = 90, settings }: HostOptions) =>
  Object.entries({
    REGION: 'eu-west-1',
    IMAGE: `${REGISTRY}/verger:1`,
    REGISTRY,
    ALLOW_ROOTS: 's3://images,s3://results',
    GROUP: 'verger-workers',
    REDIS_HOST: queue,
    REDIS_SECRET: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:verger/queue/worker-AbCdEf',
    LOG_GROUP: '/verger/verger/workers',
    HOOK: 'verger-drain',
    GRACE_SECONDS: String(graceSeconds),
    ...settings,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** Makes a host in a folder of its own. Nothing runs on it yet. */
export async function startHost(options: HostOptions): Promise<FakeHost> {
  const { instance, password, env, namespace } = options;
  const folder = join(options.folder, instance);
  for (const name of ['', 'units', 'secrets']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'settings'), settingsOf(options));
  const metadata = await startFakeMetadata(() => undefined, namespace?.socket);
  metadata.tell('instance-id', instance);
  metadata.tell('instance-type', 'c7a.xlarge');
  metadata.tell('autoscaling/target-lifecycle-state', 'InService');
  const docker = fakeDocker({
    image: `${REGISTRY}/verger:1`,
    cwd: folder,
    env: { ...env, VERGER_HEALTH: '127.0.0.1:0', VERGER_CACHE: join(folder, 'cache') },
  });
  const started: RunningProgram[] = [];
  const agents: RunningProgram[] = [];
  const good: CommandCall[] = [];
  const start = (script: string): RunningProgram => {
    const [command = '', ...args] = [...(namespace?.enter ?? []), 'bash', resolve(SCRIPTS, script)];
    const running = startProgram(command, args, {
      cwd: folder,
      env: {
        PATH: `${commands.folder}:${process.env['PATH'] ?? ''}`,
        VERGER_SETTINGS: join(folder, 'settings'),
        VERGER_SECRETS: join(folder, 'secrets'),
        VERGER_UNITS: join(folder, 'units'),
        VERGER_LOG: join(folder, 'log'),
        VERGER_PAUSE_SECONDS: '0',
        VERGER_POLL_SECONDS: '0.1',
        VERGER_READY_TRIES: '3000',
        ...(namespace === undefined ? { VERGER_IMDS: metadata.endpoint } : {}),
        ...options.scriptEnv,
      },
    });
    started.push(running);
    return running;
  };
  const startAgent = () => {
    const agent = start('drain-agent.sh');
    agents.push(agent);
    return agent;
  };
  const usual = async (call: CommandCall): Promise<CommandAnswer> => {
    const { program, args } = call;
    if (program === 'docker') return await docker.answer(call);
    if (program === 'systemctl' && args.includes('verger-drain.service')) startAgent();
    if (program !== 'aws') return done();
    const words = args.slice(0, 2).join(' ');
    if (words === 'ecr get-login-password') return done('password-of-ecr');
    if (words === 'secretsmanager get-secret-value') return done(password);
    if (optionOf(call, '--region') === undefined) return { code: 255, text: 'You must specify a region.' };
    return done();
  };
  const commands: Commands = await fakeCommands(folder, PROGRAMS, async (call) => {
    const answer = options.answer?.(call) ?? (await usual(call));
    if (answer.code === 0) good.push(call);
    return answer;
  });
  return {
    ...{ folder, metadata, docker, startAgent },
    calls: commands.calls,
    awsCalls: (command) =>
      good.filter(({ program, args }) => program === 'aws' && args.slice(0, 2).join(' ') === command),
    run: async (script) => await start(script).ended,
    agent: () => {
      const [agent] = agents;
      if (agent === undefined) throw new Error('no unit has started the drain agent');
      return agent;
    },
    log: () => readFile(join(folder, 'log'), 'utf8'),
    close: async () => {
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      await docker.close();
      await commands.close();
      await metadata.close();
    },
  };
}
