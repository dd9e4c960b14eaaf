import { type S3Options, s3OptionsSchema, VergerError } from '@verger/core';
import { isTrue } from './profile-endpoint.ts';

/** What flags, variables and file say, before defaults. */
export interface ChosenS3 {
  readonly endpoint: unknown;
  readonly pathStyle: unknown;
  readonly requesterPays: unknown;
  /** `endpoint_url` of the AWS profile. */
  readonly profileEndpoint: string | undefined;
}

/** AWS's variables for the endpoint; the first one that is set counts. */
const AWS_ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;

/**
 * How S3 is reached: our options first, then AWS's variables, then the AWS profile. An endpoint other than
 * AWS uses path style. Errors: E_CONFIG for an endpoint in AWS's variables or in the profile that is not a
 * URL.
 */
export function s3OptionsOf(
  { endpoint, pathStyle, requesterPays, profileEndpoint }: ChosenS3,
  env: Readonly<Record<string, string | undefined>>,
): S3Options {
  const named = AWS_ENDPOINTS.find((name) => (env[name] ?? '') !== '');
  const configured = named === undefined ? profileEndpoint : env[named];
  const silent = endpoint !== undefined || isTrue(env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']);
  const where = silent || configured === undefined ? (endpoint ?? null) : configured;
  if (!s3OptionsSchema.shape.endpoint.safeParse(where).success) {
    const source = named === undefined ? 'endpoint_url (AWS profile)' : `${named} (environment)`;
    throw new VergerError('E_CONFIG', {}, { detail: `\n  ${source}: this must be a URL` });
  }
  return s3OptionsSchema.parse({
    endpoint: where,
    pathStyle: pathStyle ?? where !== null,
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
    ...(requesterPays === true ? { requesterPays } : {}),
  });
}
