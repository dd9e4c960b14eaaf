/** The photographs of ../shared for a bench. */
import { copyFile, cp, link, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filesUnder } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';

/** All of them where they are (or all images of `source`), or a copy of so many from all over the folder. */
export async function photographs(
  folder: string,
  limit: number | undefined,
  source?: string,
): Promise<string> {
  const all = source ?? sharedFile('data/fruits-360/Test');
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

/** Each photograph so many times, by hard links to copies of them. */
export async function linkedCopies(images: string, folder: string, copies: number): Promise<string> {
  for (const file of filesUnder(images)) {
    const first = join(folder, file);
    await mkdir(dirname(first), { recursive: true });
    await copyFile(join(images, file), first);
    for (let copy = 1; copy < copies; copy += 1)
      await link(first, join(folder, file.replace(/(\.\w+)$/, `-${copy}$1`)));
  }
  return folder;
}

/** Every twentieth image is left out of the early folder. */
const LATER = 20;

/** Copies of the images in `all` (`copies` of each, by hard links); `early` lacks every twentieth image. */
export async function plantEarlyAndAll(
  images: string,
  folder: string,
  copies = 1,
): Promise<{ all: string; early: string }> {
  const [all, early] = [join(folder, 'images'), join(folder, 'early')];
  for (const [index, file] of filesUnder(images).entries()) {
    for (let copy = 0; copy < copies; copy += 1) {
      const name = copy === 0 ? file : file.replace(/(\.\w+)$/, `-${copy}$1`);
      const place = join(all, name);
      await mkdir(dirname(place), { recursive: true });
      if (copy === 0) await copyFile(join(images, file), place);
      else await link(join(all, file), place);
      if (index % LATER === 0) continue;
      await mkdir(dirname(join(early, name)), { recursive: true });
      await link(place, join(early, name));
    }
  }
  return { all, early };
}
