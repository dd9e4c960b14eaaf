import type { ReadResult, Storage } from '@verger/core';

/** What is in a file's place: other bytes, another answer, or nothing. */
export type OtherFile = Uint8Array | Exclude<ReadResult, { status: 'read' }>;

export const MISSING: OtherFile = { status: 'missing' };
export const REFUSED: OtherFile = { status: 'refused', code: 'E_IMG_NOT_A_FILE' };
export const FORBIDDEN: OtherFile = { status: 'forbidden', reason: 'The test says so.' };

/** A storage in which reads of some files give something else; nothing is written. */
export function withOtherFiles(storage: Storage, others: Readonly<Record<string, OtherFile>>): Storage {
  return {
    ...storage,
    read: async (key, options = {}) => {
      const other = others[key];
      if (other === undefined) return await storage.read(key, options);
      if (!(other instanceof Uint8Array)) return other;
      const totalBytes = other.byteLength;
      const { start, end } = options.range ?? {
        start: Math.max(0, totalBytes - (options.lastBytes ?? totalBytes)),
        end: totalBytes,
      };
      return { status: 'read', bytes: other.slice(start, end), totalBytes, version: 'other' };
    },
  };
}
