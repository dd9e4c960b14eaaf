import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LockEntries, runTimePackages } from './pack-lock.ts';

const ENTRIES: LockEntries = {
  'apps/a': { dependencies: { '@w/b': '1', both: '1' } },
  'packages/b': { dependencies: { own: '2', peer: '1' } },
  'packages/test': { dependencies: { both: '1' } },
  'packages/b/node_modules/own': { version: '2', dependencies: { both: '1' } },
  'node_modules/@w/b': { link: true, resolved: 'packages/b' },
  'node_modules/own': { version: '1', dev: true },
  'node_modules/both': { version: '1', devOptional: true, optionalDependencies: { here: '1', absent: '1' } },
  'node_modules/here': { version: '1', optional: true, dependencies: { under: '1' } },
  'node_modules/under': { version: '1', optional: true },
  'node_modules/peer': {
    version: '1',
    peerDependencies: { own: '*' },
    peerDependenciesMeta: { own: { optional: true } },
  },
};

test('what a program needs: its workspaces, and packages of others beside it; optional ones as such', () => {
  const { workspaces, others } = runTimePackages(ENTRIES, ['apps/a']);
  assert.deepEqual(workspaces, ['apps/a', 'packages/b']);
  assert.deepEqual(
    [...others].map(([target, { folder, entry }]) => [target, folder, entry.version, entry.optional]).sort(),
    [
      ['node_modules/both', 'node_modules/both', '1', undefined],
      ['node_modules/here', 'node_modules/here', '1', true],
      ['node_modules/own', 'packages/b/node_modules/own', '2', undefined],
      ['node_modules/peer', 'node_modules/peer', '1', undefined],
      ['node_modules/under', 'node_modules/under', '1', true],
    ],
  );
});

test('two versions in one folder, and a package that the lock does not have, are errors', () => {
  const two = { ...ENTRIES, 'apps/a': { dependencies: { '@w/b': '1', own: '1' } } };
  assert.throws(() => runTimePackages(two, ['apps/a']), /node_modules\/own is needed as/);
  const none = { 'apps/a': { dependencies: { gone: '1' } } };
  assert.throws(() => runTimePackages(none, ['apps/a']), /no gone, which apps\/a needs/);
});
