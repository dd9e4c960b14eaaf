import { type S3Options, s3OptionsSchema, VergerError } from '@verger/core';
import { chooseOptions, type OptionInput } from './choose-options.ts';
import { STORAGE_OPTIONS } from './options-of-storage.ts';
import { isTrue, readProfileEndpoint } from './profile-endpoint.ts';
import { proxiesOf } from './proxies.ts';

/** AWS' own names for the endpoint, the first that is set. */
const AWS_ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;

/**
 * As `resolveS3`, and where neither option nor variable names an endpoint, with that of the AWS profile, whose files are read for
 * that. Errors: E_CONFIG.
 */
export async function readS3Options(input: OptionInput): Promise<S3Options> {
  const options = resolveS3(input);
  const { env } = input;
  if (options.endpoint !== null || isTrue(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])) return options;
  const profileEndpoint = await readProfileEndpoint(env);
  return profileEndpoint === undefined ? options : resolveS3(input, profileEndpoint);
}

/**
 * How S3 is reached: AWS' own variables stand behind ours, and the `endpoint_url` of the AWS profile behind them. A place that is not
 * AWS is asked in path style. Only options of the storage are read and judged. Pure. Errors: E_CONFIG, also for an endpoint in one of AWS'
 * variables or in the profile that is no URL.
 */
export function resolveS3(input: OptionInput, profileEndpoint?: string): S3Options {
  const chosen = chooseOptions(
    input,
    STORAGE_OPTIONS.map(({ name }) => name),
  );
  const { env } = input;
  const endpoint = chosen.value('s3Endpoint');
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
    pathStyle: chosen.value('s3PathStyle') ?? where !== null,
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
    ...(chosen.value('s3RequesterPays') === true ? { requesterPays: true } : {}),
    ...(proxies === undefined ? {} : { proxies }),
  });
}
