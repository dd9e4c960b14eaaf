import type { S3Options } from '@verger/core';
import { STORAGE_OPTIONS } from './options-of-storage.ts';
import { type ConfigInput, resolveConfig } from './resolve-config.ts';

/** How S3 is reached, for commands that have no other options: only those of the storage are read and judged. Errors: E_CONFIG. */
export function resolveS3({ flags, env, file }: Pick<ConfigInput, 'flags' | 'env' | 'file'>): S3Options {
  const names: readonly string[] = STORAGE_OPTIONS.map(({ name }) => name);
  const variables: readonly string[] = STORAGE_OPTIONS.map((entry) => entry.env);
  const only = (values: object, wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => wanted(name)));
  const isObject = typeof file === 'object' && file !== null && !Array.isArray(file);
  return resolveConfig({
    flags: only(flags, (name) => names.includes(name)),
    env: only(env, (name) => variables.includes(name) || !name.startsWith('VERGER_')),
    file: isObject ? only(file, (name) => names.includes(name)) : undefined,
  }).operational.s3;
}
