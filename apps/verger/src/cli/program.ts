import { VergerError } from '@verger/core';
import { AUTOSCALER_OPTIONS, DASHBOARD_OPTIONS, OPTION_TABLE, type OptionEntry } from '@verger/runtime';
import { Argument, Command as CommanderCommand, Option } from 'commander';
import { programName } from '../print/program-name.ts';
import type { Command } from './command.ts';
import { type CommandEntry, RUN } from './command-entry.ts';
import { COMMANDS } from './command-table.ts';
import { wrapText } from './wrap.ts';

/** Made from all the others, so it is not in their table. */
const COMPLETION: CommandEntry = {
  name: 'completion',
  group: 'This machine',
  arguments: [['<shell>', 'the shell to complete for']],
  verbs: ['bash', 'zsh', 'fish'],
  summary: 'print a completion script for bash, zsh or fish',
  options: [],
  examples: [
    'source <(verger completion bash)',
    'verger completion zsh > ~/.zfunc/_verger',
    'verger completion fish > ~/.config/fish/completions/verger.fish',
  ],
  load: async () => (await import('../commands/completion.ts')).completionOf(buildProgram('', () => {})),
};

const CODES =
  '0 success, 1 failure, 2 usage, 3 no input, 4 conflict, 5 too many bad images, 75 try again, ' +
  '130 interrupted';

const exitCodes = () => `
Exit codes: ${CODES}.
Start here: ${programName()} demo`;

/** What the command line requests. */
export interface Invocation {
  readonly load: () => Promise<Command>;
  /** Its name. */
  readonly command: string;
  readonly args: readonly string[];
  /** The run that it is about, as typed; undefined for a command that takes none. */
  readonly run: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  /** It logs only JSON lines to stderr. */
  readonly service: boolean;
}

/** The `verger` command line. `invoke` is called once, for a command; commander prints help and version. */
export function buildProgram(
  version: string,
  invoke: (invocation: Invocation) => void,
  columns = 80,
): CommanderCommand {
  const program = new CommanderCommand('verger')
    .description('Turns a folder of images into MobileNetV2 features and a PCA projection.')
    .version(version)
    .helpCommand('help [command]', 'show the options of a command, with examples')
    .commandsGroup('This machine:')
    .addHelpText('after', wrapText(exitCodes(), columns))
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => columns });
  for (const entry of [...COMMANDS, COMPLETION]) {
    const command = program
      .command(entry.name)
      .summary(entry.summary)
      .description(sentence(entry.summary))
      .helpGroup(`${entry.group}:`);
    for (const [at, words] of (entry.arguments ?? []).entries()) {
      const argument = new Argument(...words);
      command.addArgument(at > 0 || entry.verbs === undefined ? argument : argument.choices(entry.verbs));
    }
    for (const option of OPTION_TABLE) {
      if (entry.options === 'all' ? !OF_SERVICES.includes(option.name) : entry.options.includes(option.name))
        command.addOption(toOption({ ...option, ...entry.wording?.[option.name] }, entry.options === 'all'));
    }
    for (const option of entry.own ?? []) command.addOption(option);
    command.option('--json', 'print JSON instead of text');
    const examples = entry.examples.map(
      (line) => `  $ ${line.replace(/(^|[ (])verger /, (_, before) => `${before}${programName()} `)}`,
    );
    command.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
    command.exitOverride((error) => {
      const usage = `${command.name()} ${command.usage()}`;
      throw Object.assign(error, { usage, owners: ownersOf(program, error.message) });
    });
    command.configureOutput({ writeErr: () => {} });
    command.action((...words: unknown[]) => {
      const { json, ...flags } = command.opts<Record<string, unknown>>();
      const args = words
        .slice(0, command.registeredArguments.length)
        .filter((word) => typeof word === 'string');
      invoke({
        ...{ load: entry.load, command: entry.name, args, flags },
        run: entry.arguments?.[0] === RUN ? args[0] : undefined,
        ...{ json: json === true, service: entry.service === true },
      });
    });
  }
  return program;
}

/** The commands that have an option which another one rejects. */
function ownersOf(program: CommanderCommand, message: string): string[] {
  const flag = /unknown option '(-[^'=]*)/.exec(message)?.[1];
  if (flag === undefined) return [];
  const has = ({ long, short }: Option) => long === flag || short === flag;
  return program.commands.filter(({ options }) => options.some(has)).map((command) => command.name());
}

/** What `buildProgram` adds to a commander error: the usage, and the commands with the unknown option. */
interface CommandFault {
  readonly usage?: string;
  readonly owners?: readonly string[];
}

/** A commander error as a VergerError; undefined for help and version, which are not errors. */
export function usageError(error: unknown): VergerError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('exitCode' in error)) return undefined;
  if (error.exitCode === 0) return undefined;
  const help = error.message === '(outputHelp)' || String(error.code) === 'commander.help';
  const detail = help
    ? 'The command is missing or unknown.'
    : error.message.replace(/^error: /, '').replace(/\n\((Did you mean .*\?)\)$/, '. $1');
  const { usage, owners = [] } = error as CommandFault;
  const others = owners.length === 0 ? '' : `\n  It is an option of ${owners.join(', ')}.`;
  const called = usage === undefined ? '' : `\n  usage: ${programName()} ${usage}`;
  return new VergerError('E_USAGE', {}, { detail: `${sentence(detail)}${others}${called}` });
}

/** Options of `worker`, `reducer`, `dashboard` and `autoscaler` only. */
const OF_SERVICES: readonly string[] = [
  ...['allowRoot', 'health', 'grace'],
  ...[...DASHBOARD_OPTIONS, ...AUTOSCALER_OPTIONS].map(({ name }) => name),
];

const OPTION_GROUPS: Record<OptionEntry['group'], string> = {
  extraction: 'Images and partitions:',
  pca: 'PCA:',
  finish: 'Final files:',
  operational: 'Output, resources, weights and storage:',
};

function toOption(
  { flag, description, env, defaultText, kind, group }: OptionEntry,
  grouped: boolean,
): Option {
  const notes = [
    ...(defaultText === undefined ? [] : [`default: ${defaultText}`]),
    ...(env === null ? [] : [env]),
    ...(kind === 'list' ? ['repeatable'] : []),
  ];
  const option = new Option(flag, notes.length === 0 ? description : `${description} (${notes.join('; ')})`);
  // `--no-report` is a switch like any other, and no negative of a `--report` that is on by default.
  option.negate = false;
  if (grouped) option.helpGroup(OPTION_GROUPS[group]);
  if (kind !== 'list') return option;
  return option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
}

function sentence(text: string): string {
  const ended = /[.?)]$/.test(text) ? text : `${text}.`;
  return `${ended.charAt(0).toUpperCase()}${ended.slice(1)}`;
}
