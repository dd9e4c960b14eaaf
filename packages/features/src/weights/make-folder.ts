import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Not by mkdir's own `recursive`, which never returns where a folder that
 * is there answers ENOENT to every new name (/proc) [M]. A file in its place is no error here. Errors: the
 * system's.
 */
export async function makeFolder(folder: string): Promise<void> {
  if ((await make(folder)) !== 'no parent') return;
  await makeFolder(dirname(folder));
  if ((await make(folder)) !== 'no parent') return;
  throw Object.assign(new Error(`ENOENT: no folder can be made at ${folder}`), { code: 'ENOENT' });
}

async function make(folder: string): Promise<'there' | 'no parent'> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && dirname(folder) !== folder) return 'no parent';
    if (code !== 'EEXIST') throw error;
  }
  return 'there';
}
