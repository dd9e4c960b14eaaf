import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ownedName, ownerState } from './owner.ts';

const needsProc = existsSync('/proc/self/stat') ? {} : { skip: 'needs /proc' };
const NO_PROCESS = 2 ** 22 + 1;

test('this process is alive, one that is not there is dead, and strangers are told apart', () => {
  const name = ownedName();
  assert.match(name, /^\d+-\d+-[0-9a-f]{16}-\d+-.+$/);
  assert.equal(ownerState(name), 'alive');
  assert.equal(ownerState(name.replace(/^\d+/, String(NO_PROCESS))), 'dead');
  assert.equal(ownerState(`${name}-other`), 'elsewhere');
  assert.equal(ownerState('notes.txt'), 'unknown');
});

test('a process that has the number of one that is gone is not that one', needsProc, () => {
  const another = ownedName().replace(/^(\d+)-(\d+)/, (_, pid, start) => `${pid}-${Number(start) + 1}`);
  assert.equal(ownerState(another), 'dead');
});

test('a name without a start is that of any process of its number', () => {
  const earlier = ownedName().replace(/^(\d+)-\d+/, '$1');
  assert.equal(ownerState(earlier), 'alive');
  assert.equal(ownerState(earlier.replace(/^\d+/, String(NO_PROCESS))), 'dead');
});

test('a process that has ended and was not reaped is dead', needsProc, async () => {
  // `sleep 60` never reaps the child that it inherits from the shell.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    const stat = `/proc/${pid.toString().trim()}/stat`;
    for (let looks = 0; !/\) Z /.test(readFileSync(stat, 'latin1')); looks += 1) {
      assert.ok(looks < 1000, 'it never ended');
      await delay(5);
    }
    const [, start] = /\) (?:\S+ ){19}(\d+)/.exec(readFileSync(stat, 'latin1')) ?? [];
    const rest = ownedName().replace(/^\d+-\d+/, '');
    assert.equal(ownerState(`${pid.toString().trim()}-${start}${rest}`), 'dead');
    assert.equal(ownerState(`${pid.toString().trim()}${rest}`), 'dead');
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
});

/** A process with numbers of its own, that sees the /proc of all. */
const APART = ['--user', '--map-root-user', '--pid', '--fork'];
const canBeApart = spawnSync('unshare', [...APART, 'true']).status === 0;

test('where /proc is that of other numbers, it is not believed', {
  skip: canBeApart ? false : 'needs unshare with user namespaces',
}, () => {
  const script = `import(${JSON.stringify(import.meta.resolve('./owner.ts'))}).then(
    ({ ownedName, ownerState }) => console.log(ownedName(), ownerState(ownedName())))`;
  const command = [process.execPath, ...process.execArgv, '--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync('unshare', [...APART, ...command], { encoding: 'utf8' });
  assert.match(stdout, /^1-0-[0-9a-f]{16}-\S+ alive\n$/, stderr);
});
