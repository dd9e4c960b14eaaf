import type { S3Options } from '@verger/core';
import { STORAGE_OPTIONS } from './options-of-storage.ts';
import { readProfileEndpoint } from './profile-endpoint.ts';
import { proxiesOf } from './proxies.ts';
import { type ConfigInput, resolveConfig } from './resolve-config.ts';

type StorageInput = Pick<ConfigInput, 'flags' | 'env' | 'file' | 'profileEndpoint'>;

/**
 * As `resolveS3`; if neither option nor variable names an endpoint, the one of the AWS profile is read from
 * its files. Errors: E_CONFIG.
 */
export async function readS3Options(input: Omit<StorageInput, 'profileEndpoint'>): Promise<S3Options> {
  const options = resolveS3(input);
  if (options.endpoint !== null) return options;
  const profileEndpoint = await readProfileEndpoint(input.env);
  return profileEndpoint === undefined ? options : resolveS3({ ...input, profileEndpoint });
}

/**
 * How S3 is reached, for commands without other options: only storage options are read and checked.
 * Errors: E_CONFIG.
 */
export function resolveS3({ flags, env, file, profileEndpoint }: StorageInput): S3Options {
  const names: readonly string[] = STORAGE_OPTIONS.map(({ name }) => name);
  const variables: readonly string[] = STORAGE_OPTIONS.map((entry) => entry.env);
  const only = (values: object, wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => wanted(name)));
  const isObject = typeof file === 'object' && file !== null && !Array.isArray(file);
  const { s3 } = resolveConfig({
    flags: only(flags, (name) => names.includes(name)),
    env: only(env, (name) => variables.includes(name) || !name.startsWith('VERGER_')),
    file: isObject ? only(file, (name) => names.includes(name)) : undefined,
    profileEndpoint,
  }).operational;
  const proxies = proxiesOf(env);
  return proxies === undefined ? s3 : { ...s3, proxies };
}
