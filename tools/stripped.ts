import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the JavaScript of a source lies, both below the root. */
const strippedPath = (file: string) => `.cache/stripped/${file.slice(0, -'ts'.length)}js`;

/** The module that is given to `node --import` so that it runs sources; exists once they are stripped. */
export const LOADER = `${root}${strippedPath('tools/stripped-loader.ts')}`;

/**
 * Makes JavaScript of sources, for `LOADER`: once for a run of the tests, where tsx does it in every process,
 * of which there are a thousand. All are made each time, so none is stale; 0.5 s. Another run may read them
 * meanwhile: they are replaced, and only when they differ.
 */
export async function stripSources(files: readonly string[]): Promise<void> {
  await Promise.all(files.map(strip));
}

async function strip(file: string): Promise<void> {
  const { code } = await transform(await readFile(`${root}${file}`, 'utf8'), {
    ...{ loader: 'ts', format: 'esm', target: 'es2022', sourcefile: `${root}${file}` },
    ...{ sourcemap: 'inline', sourcesContent: false },
  });
  const path = `${root}${strippedPath(file)}`;
  if ((await readFile(path, 'utf8').catch(() => undefined)) === code) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, code);
  await rename(temporary, path);
}
