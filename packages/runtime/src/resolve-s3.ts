import { type S3Options, s3OptionsSchema, VergerError } from '@verger/core';
import { chooseOptions, type OptionInput } from './choose-options.ts';
import { STORAGE_OPTIONS } from './options-of-storage.ts';
import { isTrue, readProfileEndpoint } from './profile-endpoint.ts';
import { proxiesOf } from './proxies.ts';

/** AWS's variables for the endpoint; the first one that is set counts. */
const AWS_ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;

/**
 * As `resolveS3`; if neither option nor variable names an endpoint, the one of the AWS profile is read from
 * its files. Errors: E_CONFIG.
 */
export async function readS3Options(input: OptionInput): Promise<S3Options> {
  const options = resolveS3(input);
  if (options.endpoint !== null) return options;
  const profileEndpoint = await readProfileEndpoint(input.env);
  return profileEndpoint === undefined ? options : resolveS3(input, profileEndpoint);
}

/**
 * How S3 is reached: our options first, then AWS's variables, then the `endpoint_url` of the AWS profile. An
 * endpoint other than AWS uses path style. Only storage options are read and checked. Pure. Errors: E_CONFIG,
 * also for an endpoint in AWS's variables or in the profile that is not a URL.
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
