import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let place: { folder: string; remove: () => Promise<void> };
let app: string;
let linked: string;

/** A tree that is not built: `verger`, what it leads to, and a link to it from elsewhere. */
before(async () => {
  place = await temporaryFolder();
  const target = await readlink(join(ROOT, 'verger'));
  app = join(place.folder, 'a tree', dirname(dirname(target)));
  linked = join(place.folder, 'bin/verger');
  await cp(join(ROOT, target), join(place.folder, 'a tree', target), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(place.folder, 'a tree/package.json'));
  await symlink(target, join(place.folder, 'a tree/verger'));
  await mkdir(dirname(linked));
  await symlink('../a tree/verger', linked);
});
after(() => place.remove());

test('./verger says how to build it when it is not built', async () => {
  const { code, stdout, stderr } = await runProgram(linked, ['--version']);
  assert.deepEqual([code, stdout], [2, '']);
  const tree = `${join(place.folder, 'a tree')}/`;
  assert.equal(stderr, `verger is not built yet. In ${tree}: npm ci && npm run build\n`);
});

test('./verger takes words as they are, from anywhere; signals reach the program', async () => {
  const entry = /'\.\.\/(dist\/[\w/]*main\.js)'/.exec(await readFile(linked, 'utf8'))?.[1] ?? '';
  await mkdir(dirname(join(app, entry)), { recursive: true });
  const main = "process.stdout.write(process.argv.slice(2).join('|')); setInterval(() => {}, 1000);";
  await writeFile(join(app, entry), main);
  const child = spawn(linked, ['run', 'my images', '--glob=*.jpg', ''], { cwd: '/', stdio: 'pipe' });
  const [words] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  assert.equal(words, 'run|my images|--glob=*.jpg|');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
});
