import type { S3Options } from '@verger/core';
import { STORAGE_OPTIONS } from './options-of-storage.ts';
import { isTrue, readProfileEndpoint } from './profile-endpoint.ts';
import { proxiesOf } from './proxies.ts';
import { type ConfigInput, resolveConfig } from './resolve-config.ts';

type StorageInput = Pick<ConfigInput, 'flags' | 'env' | 'file' | 'profileEndpoint'>;

/**
 * As `resolveS3`, and where neither option nor variable names an endpoint, with that of the AWS profile; its
 * files are read for that. Errors: E_CONFIG.
 */
export async function readS3Options(input: Omit<StorageInput, 'profileEndpoint'>): Promise<S3Options> {
  const options = resolveS3(input);
  const { env } = input;
  if (options.endpoint !== null || isTrue(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])) return options;
  const profileEndpoint = await readProfileEndpoint(env);
  return profileEndpoint === undefined ? options : resolveS3({ ...input, profileEndpoint });
}

/**
 * How S3 is reached, for commands that have no other options: only those of the storage are read and judged.
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
