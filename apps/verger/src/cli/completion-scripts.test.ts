import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '@verger/testkit/call';
import { completedCommands, completionOf } from '../commands/completion.ts';
import { bashScript, fishScript, zshScript } from './completion-scripts.ts';
import { buildProgram } from './program.ts';

const program = buildProgram('', () => {});
const completion = completionOf(program);

/** What bash offers for the last of these words, asked of its own machinery. */
async function offered(words: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'verger-completion-'));
  try {
    const script = join(folder, 'completion.bash');
    await writeFile(script, bashScript(completedCommands(program)));
    const body =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
      'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _verger; printf "%s\\n" "${COMPREPLY[@]}"';
    const { status, stdout, stderr } = spawnSync('bash', ['-c', body, 'bash', script, ...words], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr], [0, '']);
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('bash completes commands, options of the command, and the words that it may be given', async () => {
  assert.deepEqual(
    await offered(['verger', 're']),
    program.commands.map((command) => command.name()).filter((name) => name.startsWith('re')),
  );
  const flags = await offered(['verger', 'run', 'photos', '--par']);
  assert.deepEqual(flags, ['--partitions', '--partition-size']);
  assert.deepEqual(await offered(['verger', 'rm', 'results', '--']), [
    '--s3-endpoint',
    '--s3-path-style',
    '--s3-requester-pays',
    '--yes',
    '--force',
    '--json',
    '--help',
  ]);
  assert.deepEqual(await offered(['verger', 'weights', 'f']), ['fetch']);
  assert.deepEqual(await offered(['verger', 'completion', '']), ['bash', 'zsh', 'fish']);
  assert.ok((await offered(['verger', 'help', 'st'])).includes('status'));
});

test('bash leaves file names to itself where no word is known', async () => {
  assert.deepEqual(await offered(['verger', 'run', 'pho']), []);
  assert.deepEqual(await offered(['verger', 'run', 'photos', '--output', '--']), []);
  assert.deepEqual(await offered(['verger', 'nonsense', '--']), []);
  assert.match(bashScript(completedCommands(program)), /^complete -o default -F _verger verger$/m);
});

test('bash has nothing to object to in the script', () => {
  const { status, stderr } = spawnSync('bash', ['-n'], {
    input: bashScript(completedCommands(program)),
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [0, '']);
});

test('the scripts of zsh and fish name every command and every option, with quotes that close', () => {
  const commands = completedCommands(program);
  for (const script of [zshScript(commands), fishScript(commands)]) {
    for (const { name, flags } of commands) {
      assert.ok(script.includes(name));
      for (const { flag } of flags) assert.ok(script.includes(flag.replace('--', '')), flag);
    }
  }
  const { status, stderr } = spawnSync('bash', ['-n'], { input: zshScript(commands), encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, ''], 'its quotes are those of bash');
});

test('completion prints the script of one shell', async () => {
  assert.match((await call(completion, ['zsh'])).printed, /^#compdef verger\n/);
  assert.match((await call(completion, ['fish'])).printed, /^complete -c verger /);
  const { shell, script } = (await call(completion, ['bash'], { json: true })).json<Record<string, string>>();
  assert.equal(shell, 'bash');
  assert.match(script ?? '', /^_verger\(\) \{/);
});
