import { VergerError } from '@verger/core';
import {
  createLogger,
  disableTelemetry,
  HEAP_GROWTH,
  isDebug,
  nameSources,
  onShutdown,
  readConfigFile,
  readEnvironment,
  readS3Options,
  readSecretFiles,
  setV8Flags,
} from '@verger/runtime';
import { createStorages } from '@verger/storage';
import type { KnownNames } from '../print/next-text.ts';
import { storageFlags } from '../print/run-activity.ts';
import { COMMANDS } from './command-table.ts';
import { interruptText, reportEnding } from './ending.ts';
import { buildProgram, type Invocation, usageError } from './program.ts';
import { openTerminal } from './terminal.ts';
import { readVersion } from './version.ts';

/** Time for connections and children to close after a command has ended. */
const LEFT_OPEN_MS = 2000;

/** Runs the command that argv names; the one catch for everything. */
async function main(argv: readonly string[]): Promise<{ readonly exit: number; readonly service: boolean }> {
  disableTelemetry();
  setV8Flags(HEAP_GROWTH.program);
  const given = readEnvironment();
  nameSources(given);
  const terminal = openTerminal(given, { json: argv.includes('--json') });
  const abort = new AbortController();
  let invocation: Invocation | undefined;
  let service = false;
  // Never undone: a signal during the last lines must not make a finished run look killed.
  onShutdown(async () => {
    abort.abort(new VergerError('E_INTERRUPTED')); // first: it removes the progress bar
    if (!service) terminal.note(interruptText(invocation));
  });
  let json = argv.includes('--json');
  let names = namesIn(argv);
  const report = (thrown: unknown) =>
    reportEnding(thrown, {
      ...{ argv, json, debug: isDebug(given), out: terminal, names },
      aborted: abort.signal.aborted,
    });
  // Errors that nobody awaits are reported the same way: Node's stack might show passwords.
  process.on('uncaughtException', (thrown) => process.exit(report(thrown)));
  try {
    invocation = parse(argv, terminal.columns);
    if (invocation === undefined) return { exit: 0, service };
    ({ json, service } = invocation);
    names = { ...names, run: invocation.run, more: storageFlags(invocation.flags) };
    const env = await readSecretFiles(given);
    const command = await invocation.load();
    const logger = createLogger({ level: isDebug(env) ? 'debug' : 'error', json: false });
    const { args, flags } = invocation;
    const cwd = process.cwd();
    const storages = createStorages(async () =>
      readS3Options({ flags, env, file: await readConfigFile(cwd) }),
    );
    storages.onWait((text) => terminal.note(`note: ${text}`));
    const edges = { cwd, env, json, out: terminal, logger, storages, signal: abort.signal };
    try {
      return { exit: await command({ args, flags, ...edges }), service };
    } finally {
      await storages.close();
    }
  } catch (thrown) {
    return { exit: report(thrown), service };
  }
}

/** The command that argv names, for what is said of a fault in its other words. */
function namesIn([command = '']: readonly string[]): KnownNames {
  return COMMANDS.some(({ name }) => name === command) ? { command } : {};
}

/** The command that argv asks for; undefined when help or the version was printed. Errors: E_USAGE. */
function parse(argv: readonly string[], columns: number): Invocation | undefined {
  let asked: Invocation | undefined;
  const invoke = (invocation: Invocation) => {
    asked = invocation;
  };
  const program = buildProgram(readVersion(), invoke, columns);
  try {
    if (argv.length === 0) program.outputHelp();
    else program.parse(meant(program, argv), { from: 'user' });
    return asked;
  } catch (error) {
    const fault = usageError(error);
    if (fault !== undefined) throw fault;
    return undefined;
  }
}

/** `help rnu` as `rnu`: commander explains an unknown command, but not an unknown word after `help`. */
function meant(program: ReturnType<typeof buildProgram>, argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  if (first !== 'help' || second === undefined || second.startsWith('-')) return argv;
  return [...program.commands.map((command) => command.name()), 'help'].includes(second) ? argv : [second];
}

// `verger run … | head -1`: the reader has what it wants; the work continues with its own exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { exit, service } = await main(process.argv.slice(2));
process.exitCode = exit;
// Without Redis, abandoned connections would keep the process alive for another half minute.
if (service) process.exit();
// What a command left open must not keep the process alive: its output is complete.
setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
