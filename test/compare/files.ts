import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAKER = fileURLToPath(new URL('./made.py', import.meta.url));

/** All files below a folder, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

/** Writes seeded images into a temporary folder, which it gives. Errors: what Python said. */
export async function makeImages(options: { made: number; seed: number; python: string }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'verger-made-'));
  const { made, seed, python } = options;
  const { status, stderr } = spawnSync(python, [MAKER, folder, String(made), String(seed)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the images could not be made: ${stderr.slice(-500)}`);
  return folder;
}
