import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cli, temporaryFolder } from '@verger/testkit/cli';

/** The shells themselves are asked. One that is not on this machine is skipped by name. */
const needs = (shell: string) => ({
  skip: spawnSync(shell, ['-c', 'exit 0']).status === 0 ? false : `needs ${shell}`,
});
const COMMANDS_WITH_RE = ['reducer', 'refit', 'report', 'resume'];
let place: { folder: string; remove: () => Promise<void> };

before(async () => {
  place = await temporaryFolder();
  await mkdir(join(place.folder, 'photos'));
  for (const [shell, file] of [
    ['zsh', '_verger'],
    ['fish', 'verger.fish'],
  ] as const) {
    const { code, stdout } = await cli(['completion', shell]);
    assert.equal(code, 0);
    await writeFile(join(place.folder, file), stdout);
  }
});
after(() => place.remove());

/** What a shell that was started so prints, one offer a line, in order and each once. */
function offersOf(command: string, args: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: place.folder,
    timeout: 60_000,
    env: { PATH: process.env['PATH'], HOME: place.folder, TERM: 'dumb' },
  });
  assert.deepEqual([status, stderr], [0, '']);
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))].sort();
}

function assertOffers(offered: (line: string) => string[]): void {
  assert.deepEqual(offered('verger re'), COMMANDS_WITH_RE);
  assert.deepEqual(offered('verger run photos --par'), ['--partition-size', '--partitions']);
  assert.deepEqual(offered('verger weights f'), ['fetch']);
  assert.deepEqual(offered('verger completion '), ['bash', 'fish', 'zsh']);
  assert.ok(offered('verger help st').includes('status'));
  assert.deepEqual(offered('verger run ph'), ['photos/']);
  assert.deepEqual(offered('verger run photos --output ph'), ['photos/']);
  assert.deepEqual(offered('verger nonsense --par'), []);
}

test('zsh completes commands, options, words and folders', needs('zsh'), () => {
  const script = fileURLToPath(new URL('../../packages/testkit/src/zsh-offers.zsh', import.meta.url));
  assertOffers((line) =>
    offersOf('zsh', ['-f', script, place.folder, line]).map((word) => (word === 'photos' ? 'photos/' : word)),
  );
});

test('fish completes commands, options, words and folders', needs('fish'), () => {
  const script = join(place.folder, 'verger.fish');
  const ask = (line: string) =>
    offersOf('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`])
      .map((offer) => offer.split('\t')[0] ?? '')
      .sort();
  assertOffers(ask);
});
