import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkAllowed, isAllowed } from './allowed-roots.ts';

test('a location below a root is allowed, its neighbour with the same beginning is not', () => {
  assert.ok(isAllowed('/data/out/run', ['/data/out']));
  assert.ok(isAllowed('s3://bucket/out/run', ['s3://bucket/out/']));
  assert.ok(isAllowed('/data/out', ['/data/out']));
  assert.ok(!isAllowed('/data/output/run', ['/data/out']));
  assert.ok(!isAllowed('s3://bucket-2/out/run', ['s3://bucket']));
});

test('a location that climbs is allowed nowhere', () => {
  assert.ok(!isAllowed('/data/out/../../etc', ['/data/out']));
  assert.ok(!isAllowed('/data/../etc', []));
});

test('no roots allow everything', () => {
  assert.ok(isAllowed('s3://any/where', []));
});

test('the error names the place and what is allowed', async () => {
  await assert.rejects(checkAllowed('/etc/run', ['/data']), {
    code: 'E_LOCATION_DENIED',
    detail: '/etc/run is in none of the allowed places: /data.',
  });
});

test('a link below a root leads out of it; a root may be a link; a place may not exist yet', async (t) => {
  const outer = await mkdtemp(join(tmpdir(), 'verger-roots-'));
  t.after(async () => await rm(outer, { recursive: true, force: true }));
  for (const name of ['allowed/run', 'secret']) await mkdir(join(outer, name), { recursive: true });
  await symlink('../secret', join(outer, 'allowed/out'));
  await symlink('run', join(outer, 'allowed/in'));
  await symlink('allowed', join(outer, 'link'));
  for (const root of ['allowed', 'link'].map((name) => join(outer, name))) {
    const roots = ['s3://bucket', join(outer, 'none'), root];
    for (const name of ['', 'run', 'in', 'in/later/on']) await checkAllowed(join(root, name), roots);
    for (const name of ['out', 'out/later/on']) {
      await assert.rejects(checkAllowed(join(root, name), roots), { code: 'E_LOCATION_DENIED' });
      await checkAllowed(join(root, name), [...roots, join(outer, 'secret')]);
      await checkAllowed(join(root, name), []);
    }
  }
  await checkAllowed('s3://bucket/x', ['s3://bucket']);
});
