import { printable, shellQuote } from '@verger/core';
import { resumeCommand } from '@verger/driver/runs';
import { type Html, html } from '@verger/report';
import type { RunFacts } from '@verger/run-index';

/** How commands are printed. */
export interface CommandContext {
  /** What is typed to call verger. */
  readonly program: string;
  /** Flags that say how the store is reached. */
  readonly storageFlags: readonly string[];
  readonly location: string;
  readonly runId: string;
}

/** The exact commands for what comes next, quoted for a shell. */
export function commandsHtml(facts: RunFacts, context: CommandContext): Html {
  const commands = commandsOf(facts, context).map(
    ({ id, what, command }) => html`<div class="command"><p>${what}</p>
<div class="line"><code id="${id}">${command}</code>
<button type="button" class="plain" data-copy="${id}" aria-label="Copy: ${what}" hidden>Copy</button></div></div>\n`,
  );
  return html`<h2 id="commands-title">Commands</h2>
<p class="muted">For a machine that reaches the same storage. Credentials and passwords are not in them.</p>
${commands}`;
}

interface Command {
  readonly id: string;
  readonly what: string;
  readonly command: string;
}

function commandsOf(facts: RunFacts, { program, storageFlags, location, runId }: CommandContext): Command[] {
  const command = (verb: string, ...words: string[]) =>
    printable([program, verb, ...[location, ...words, ...storageFlags].map(shellQuote)].join(' '));
  const isDone = facts.state === 'done';
  const resume = resumeCommand(location, facts.epoch, { program, storage: storageFlags });
  // A container writes into a folder of this machine only where one is mounted.
  const mounted = program.replace(/^(docker compose run --rm) /, '$1 -u "$(id -u)" -v "$PWD:/out" ');
  const file = `${mounted === program ? '' : '/out/'}${runId}.parquet`;
  const exported = command('export', '--output', file).replace(program, () => mounted);
  const all: (Command | false)[] = [
    !isDone && { id: 'cmd-resume', what: 'Resume: continue where the run stopped', command: resume },
    facts.state === 'running' && { id: 'cmd-watch', what: 'Watch it', command: command('status', '--watch') },
    facts.state === 'running' && { id: 'cmd-cancel', what: 'Cancel it', command: command('cancel') },
    isDone && { id: 'cmd-report', what: 'Show the report', command: command('report') },
    { id: 'cmd-verify', what: 'Verify: recompute it from its files and compare', command: command('verify') },
    isDone && {
      id: 'cmd-export',
      what: 'Export the projection to one file',
      command: exported,
    },
    isDone && {
      id: 'cmd-resume',
      what: 'Resume: check the run, and make again what is missing',
      command: resume,
    },
  ];
  return all.filter((one) => one !== false);
}
