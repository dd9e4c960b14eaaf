export { removeEmptyFolders } from './empty-folders.ts';
export { freeBytes } from './free-space.ts';
export { type LocalStorageOptions, openLocalStorage } from './local.ts';
export { isInside, joinLocation, openStorage } from './location.ts';
export { removeStaleTemporaries } from './stale.ts';
export { isTaken, openWholeFile, type WholeFile } from './whole-file.ts';
export type { WriteCalls } from './write-file.ts';
