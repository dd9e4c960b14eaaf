/** The photographs of ../shared for a bench. */
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filesUnder } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';

/** All of them where they are, or a copy of so many from all over the folder. */
export async function photographs(folder: string, limit: number | undefined): Promise<string> {
  const all = sharedFile('data/fruits-360/Test');
  if (limit === undefined) return all;
  const some = join(folder, 'images');
  const files = filesUnder(all);
  const step = Math.max(1, Math.floor(files.length / limit));
  for (const file of files.filter((_, index) => index % step === 0).slice(0, limit)) {
    await mkdir(dirname(join(some, file)), { recursive: true });
    await cp(join(all, file), join(some, file));
  }
  return some;
}
