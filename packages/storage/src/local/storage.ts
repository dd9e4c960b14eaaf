import { join, resolve } from 'node:path';
import type { Storage } from '@verger/core';
import { checkKey, checkPrefix } from '../names.ts';
import { readInside } from './read-file.ts';
import { ReadPace } from './read-pace.ts';
import { checkWithin } from './real-path.ts';
import { walk } from './walk.ts';
import { createFile, removeFile, replaceFile, WRITE_CALLS, type WriteCalls } from './write-file.ts';

/** How a place is opened. */
export interface OpenOptions {
  /**
   * Of images: links are followed when they are listed and read. Shallow lists follow none, and a bucket has
   * none.
   */
  readonly follow?: boolean | undefined;
  /**
   * Of a folder: nothing is listed, read or written but below one of these places, links resolved; none:
   * anywhere.
   */
  readonly within?: readonly string[] | undefined;
}

/** How a folder is opened. */
export interface LocalStorageOptions extends OpenOptions {
  /** System calls in place of the real ones, to inject faults. */
  readonly calls?: Partial<WriteCalls>;
}

/**
 * A folder as a storage. Nothing is touched until it is used; the first write makes the folder. Half-written
 * files are in `<root>/.tmp/` (see `removeStaleTemporaries`). A list of a root that is not there is
 * E_INPUT_MISSING; a read there is `missing`.
 */
export function openLocalStorage(root: string, options: LocalStorageOptions = {}): Storage {
  const { follow, within } = options;
  const target = { root: resolve(root), within, calls: { ...WRITE_CALLS, ...options.calls } };
  const pace = new ReadPace();
  const checked = (key: string) => {
    checkKey(key, target.root);
    return key;
  };
  return {
    ...(follow === true ? { followsLinks: true } : {}),
    describe: () => target.root,
    async *list(list = {}) {
      checkPrefix(list.prefix ?? '', target.root);
      await checkWithin(target.root, within);
      yield* walk(target.root, { ...list, follow: follow === true });
    },
    read: async (key, read) =>
      await readInside({
        root: target.root,
        path: join(target.root, checked(key)),
        ...{ pace, options: read, follow, within },
      }),
    create: async (key, body) => await createFile(target, checked(key), body),
    replace: async (key, body) => await replaceFile(target, checked(key), body),
    remove: async (key) => await removeFile(target, checked(key)),
  };
}
