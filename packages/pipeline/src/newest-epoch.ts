import { epochOf, RUN_FOLDERS, type Storage } from '@verger/core';

/** The number of the newest epoch, 0 when there is none. */
export async function newestEpoch(store: Storage): Promise<number> {
  let newest = 0;
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.epochs })) {
    newest = Math.max(newest, epochOf(key) ?? 0);
  }
  return newest;
}
