import { type S3Options, s3OptionsSchema, VergerError } from '@verger/core';
import { STORAGE_OPTIONS } from './options-of-storage.ts';
import { isTrue, readProfileEndpoint } from './profile-endpoint.ts';
import { proxiesOf } from './proxies.ts';
import { type ConfigInput, chooseAmong } from './resolve-config.ts';

type StorageInput = Pick<ConfigInput, 'flags' | 'env' | 'file'>;

/** AWS' own names for the endpoint, the first that is set. */
const AWS_ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;

/**
 * As `resolveS3`, and where neither option nor variable names an endpoint, with that of the AWS profile; its
 * files are read for that. Errors: E_CONFIG.
 */
export async function readS3Options(input: StorageInput): Promise<S3Options> {
  const options = resolveS3(input);
  const { env } = input;
  if (options.endpoint !== null || isTrue(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])) return options;
  const profileEndpoint = await readProfileEndpoint(env);
  return profileEndpoint === undefined ? options : resolveS3(input, profileEndpoint);
}

/**
 * How S3 is reached; only the options of the storage are read and judged. AWS' own variables stand behind ours,
 * and the AWS profile behind them. A place that is not AWS is asked in path style. Errors: E_CONFIG.
 */
export function resolveS3(input: StorageInput, profileEndpoint?: string): S3Options {
  const { env } = input;
  const chosen = chooseAmong(STORAGE_OPTIONS, input);
  const endpoint = chosen.get('s3Endpoint')?.value;
  const named = AWS_ENDPOINTS.find((name) => (env[name] ?? '') !== '');
  const configured = named === undefined ? profileEndpoint : env[named];
  const silent = endpoint !== undefined || isTrue(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']);
  const where = silent || configured === undefined ? (endpoint ?? null) : configured;
  if (!s3OptionsSchema.shape.endpoint.safeParse(where).success) {
    const source = named === undefined ? 'endpoint_url (AWS profile)' : `${named} (environment)`;
    throw new VergerError('E_CONFIG', {}, { detail: `\n  ${source}: this must be a URL` });
  }
  const proxies = proxiesOf(env);
  return s3OptionsSchema.parse({
    endpoint: where,
    pathStyle: chosen.get('s3PathStyle')?.value ?? where !== null,
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
    ...(chosen.get('s3RequesterPays')?.value === true ? { requesterPays: true } : {}),
    ...(proxies === undefined ? {} : { proxies }),
  });
}
