import { VergerError } from '@verger/core';
import {
  createLogger,
  disableTelemetry,
  isDebug,
  letHeapGrow,
  onShutdown,
  readConfigFile,
  readEnvironment,
  readS3Options,
} from '@verger/runtime';
import { createStorages } from '@verger/storage';
import { reportEnding } from './ending.ts';
import { buildProgram, type Invocation, usageError } from './program.ts';
import { openTerminal } from './terminal.ts';
import { readVersion } from './version.ts';

/** For connections and children to close after a command has ended. */
const LEFT_OPEN_MS = 2000;

/** argv → exit code, and whether it was a service. One catch for everything. */
async function main(argv: readonly string[]): Promise<{ readonly exit: number; readonly service: boolean }> {
  disableTelemetry();
  letHeapGrow(200);
  const env = readEnvironment();
  const terminal = openTerminal(env, { json: argv.includes('--json') });
  const abort = new AbortController();
  let service = false;
  // Never undone: a signal while the last lines are written must not end a run that is done as if it had been killed.
  onShutdown(async () => {
    abort.abort(new VergerError('E_INTERRUPTED')); // takes the progress bar away, so that the line below has its place
    if (!service) terminal.note('interrupted: ending what is under way here (once more to stop at once)');
  });
  let json = argv.includes('--json');
  const report = (thrown: unknown) =>
    reportEnding(thrown, { argv, json, debug: isDebug(env), out: terminal, aborted: abort.signal.aborted });
  // Thrown where nobody waits for it: told in the same words, instead of Node's stack, in which passwords may
  // be.
  process.on('uncaughtException', (thrown) => process.exit(report(thrown)));
  try {
    const invocation = parse(argv, terminal.columns);
    if (invocation === undefined) return { exit: 0, service };
    ({ json, service } = invocation);
    const command = await invocation.load();
    const logger = createLogger({
      level: isDebug(env) ? 'debug' : 'error',
      json: false,
    });
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

/** `help rnu` as `rnu`: commander has no word of its own for a command that help does not know, but for one that is called. */
function meant(program: ReturnType<typeof buildProgram>, argv: readonly string[]): readonly string[] {
  const [first, second] = argv;
  if (first !== 'help' || second === undefined || second.startsWith('-')) return argv;
  return [...program.commands.map((command) => command.name()), 'help'].includes(second) ? argv : [second];
}

// `verger run … | head -1`: the reader has what it wants; the work goes on, and its exit code stands.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { exit, service } = await main(process.argv.slice(2));
process.exitCode = exit;
// With Redis away, connections that were given up keep a process alive for half a minute after its work has ended.
if (service) process.exit();
// Whatever a command has left open keeps no process: what it had to say is said.
setTimeout(() => process.exit(), LEFT_OPEN_MS).unref();
