import { VergerError } from '@verger/core';
import { OPTION_TABLE, type OptionEntry } from '@verger/runtime';
import { Argument, Command as CommanderCommand, InvalidArgumentError, Option } from 'commander';
import type { Command } from './command.ts';

interface CommandEntry {
  readonly name: string;
  readonly argument?: readonly [name: string, description: string];
  readonly summary: string;
  /** Names of `OPTION_TABLE` that the command takes. `all`: every one. */
  readonly options: 'all' | readonly string[];
  readonly own?: readonly Option[];
  readonly examples: readonly string[];
  readonly load: () => Promise<Command>;
}

const count = (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
};

const RUN: CommandEntry['argument'] = [
  '<run>',
  'a run folder, an output folder that holds one run, or OUTPUT#<id prefix>',
];
const MACHINE = ['processes', 'childMemory', 'weights', 'cache'] as const;

/** Every command, loaded only when it is called. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    argument: ['<images>', 'a folder of images'],
    summary: 'features, PCA and projection of a folder of images; the same command again resumes or reports',
    options: 'all',
    examples: [
      'verger run photos --output results',
      'verger run photos --output results --variance 0.9 --csv --with-images',
      "verger run photos --output results --label 'regex:^([^/]+)/' --sample 0.1 --seed 3",
    ],
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'resume',
    argument: RUN,
    summary: 'finish a run as it was planned, without listing again',
    options: [...MACHINE, 'csv', 'withImages', 'csvRaw', 'maxBad'],
    examples: ['verger resume results', 'verger resume results --csv'],
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'status',
    argument: RUN,
    summary: 'what storage says of a run, and why attempts failed',
    options: [],
    examples: ['verger status results'],
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'head',
    argument: RUN,
    summary: 'the first rows of the projection, or of the features',
    options: [],
    own: [
      new Option('-n, --rows <count>', 'how many rows').argParser(count).default(10),
      new Option('--features', 'features instead of the projection'),
    ],
    examples: ['verger head results -n 3', 'verger head results --features --json'],
    load: async () => (await import('./commands/head.ts')).head,
  },
  {
    name: 'report',
    argument: RUN,
    summary: 'counts, variance, time, labels and quarantine of a finished run',
    options: [],
    own: [new Option('--labels <count>', 'how many labels to show').argParser(count).default(12)],
    examples: ['verger report results', 'verger report results --json'],
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'weights',
    argument: ['[verb]', '`fetch` downloads the weights that Keras publishes'],
    summary: 'where the weights are, their sha256, what the probe says, layers and shapes',
    options: ['weights', 'cache', 'customWeights'],
    examples: ['verger weights', 'verger weights fetch', 'verger weights --weights my.h5'],
    load: async () => (await import('./commands/weights.ts')).weights,
  },
  {
    name: 'doctor',
    summary: 'what this machine has, and what keeps verger from working here',
    options: ['weights', 'cache', 'customWeights'],
    examples: ['verger doctor'],
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'demo',
    summary: 'draw a small orchard, run the whole flow on it, show the result',
    options: [...MACHINE, 'customWeights', 'variance', 'components', 'standardise', 'sparkCompatible'],
    own: [new Option('--output <folder>', 'where to put images and results (default: verger-demo)')],
    examples: ['verger demo', 'VERGER_WEIGHTS=weights.h5 verger demo'],
    load: async () => (await import('./commands/demo.ts')).demo,
  },
];

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 usage, 3 no input, 4 conflict, 5 too many bad images, 75 try again, 130 interrupted.
Start here: npx --no verger demo`;

/** What the command line asks for. */
export interface Invocation {
  readonly load: () => Promise<Command>;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly json: boolean;
}

/** The `verger` command line. `invoke` is called once for a command; help and version are printed by commander itself. */
export function buildProgram(version: string, invoke: (invocation: Invocation) => void): CommanderCommand {
  const program = new CommanderCommand('verger')
    .description('Turns a folder of images into MobileNetV2 features and a PCA projection.')
    .version(version)
    .helpCommand('help [command]', 'the options of a command, with examples')
    .addHelpText('after', EXIT_CODES)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary).description(sentence(entry.summary));
    if (entry.argument !== undefined) command.addArgument(new Argument(...entry.argument));
    for (const option of OPTION_TABLE) {
      if (entry.options === 'all' || entry.options.includes(option.name)) command.addOption(toOption(option));
    }
    for (const option of entry.own ?? []) command.addOption(option);
    command.option('--json', 'print JSON instead of text');
    const examples = entry.examples.map(
      (line) => `  $ ${line.replace(/(^|\s)verger /, '$1npx --no verger ')}`,
    );
    command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
    command.exitOverride().configureOutput({ writeErr: () => {} });
    command.action((...words: unknown[]) => {
      const { json, ...flags } = command.opts<Record<string, unknown>>();
      const args = words
        .slice(0, command.registeredArguments.length)
        .filter((word) => typeof word === 'string');
      invoke({ load: entry.load, args, flags, json: json === true });
    });
  }
  return program;
}

/** A fault that commander found, as a VergerError; undefined for help and version, which are no faults. */
export function usageError(error: unknown): VergerError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('exitCode' in error)) return undefined;
  if (error.exitCode === 0) return undefined;
  const help = error.message === '(outputHelp)' || String(error.code) === 'commander.help';
  const detail = help
    ? 'A command is missing, or is not one that there is.'
    : error.message.replace(/^error: /, '');
  return new VergerError('E_USAGE', {}, { detail });
}

function toOption({ flag, description, env, defaultText, kind }: OptionEntry): Option {
  const notes = [
    ...(defaultText === undefined ? [] : [`default: ${defaultText}`]),
    ...(env === undefined ? [] : [env]),
    ...(kind === 'list' ? ['may be given several times'] : []),
  ];
  const option = new Option(flag, notes.length === 0 ? description : `${description} (${notes.join('; ')})`);
  if (kind !== 'list') return option;
  return option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
