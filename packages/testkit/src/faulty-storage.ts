import { type Storage, VergerError } from '@verger/core';

/** One call of a storage. */
export interface StorageCall {
  readonly kind: 'list' | 'read' | 'create' | 'replace' | 'remove';
  readonly key: string;
  /** Its number among all calls, and among those that write; from 1. */
  readonly call: number;
  readonly write: number;
}

export interface StorageFaults {
  /** Before the call; what it throws, the call throws instead of being done. */
  readonly before?: (call: StorageCall) => void | Promise<void>;
  /** After the call was done; what it throws is the answer that is lost. */
  readonly after?: (call: StorageCall) => void | Promise<void>;
}

/** A storage whose calls are seen, counted and spoilt. */
export function faultyStorage(storage: Storage, faults: StorageFaults): Storage & { calls: StorageCall[] } {
  const calls: StorageCall[] = [];
  let writes = 0;
  const seen = async <T>(kind: StorageCall['kind'], key: string, act: () => Promise<T>): Promise<T> => {
    const isWrite = kind === 'create' || kind === 'replace' || kind === 'remove';
    if (isWrite) writes += 1;
    const call = { kind, key, call: calls.length + 1, write: isWrite ? writes : 0 };
    calls.push(call);
    await faults.before?.(call);
    const result = await act();
    await faults.after?.(call);
    return result;
  };
  return {
    calls,
    describe: () => storage.describe(),
    async *list(options) {
      await seen('list', options?.prefix ?? '', async () => {});
      yield* storage.list(options);
    },
    read: (key, options) => seen('read', key, () => storage.read(key, options)),
    create: (key, body) => seen('create', key, () => storage.create(key, body)),
    replace: (key, body) => seen('replace', key, () => storage.replace(key, body)),
    remove: (key) => seen('remove', key, () => storage.remove(key)),
  };
}

/** A fault of the storage that another attempt may heal. */
export function storageFault(): VergerError {
  return new VergerError('E_STORAGE', {}, { detail: 'The test says so.' });
}
