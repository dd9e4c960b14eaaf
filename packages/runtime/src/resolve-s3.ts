import { type S3Options, s3OptionsSchema, VergerError } from '@verger/core';

/** What was chosen among flags, variables and file, before the defaults. */
export interface ChosenS3 {
  readonly endpoint: unknown;
  readonly pathStyle: unknown;
}

/** AWS' own names for the endpoint, the first that is set. */
const AWS_ENDPOINTS = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;

/**
 * How S3 is reached: AWS' own variables stand behind ours. A place that is not AWS is asked in path style. Errors: E_CONFIG for an
 * endpoint in one of AWS' variables that is no URL.
 */
export function s3OptionsOf(
  { endpoint, pathStyle }: ChosenS3,
  env: Readonly<Record<string, string | undefined>>,
): S3Options {
  const named = AWS_ENDPOINTS.find((name) => (env[name] ?? '') !== '');
  if (
    endpoint === undefined &&
    named !== undefined &&
    !s3OptionsSchema.shape.endpoint.safeParse(env[named]).success
  ) {
    throw new VergerError('E_CONFIG', {}, { detail: `\n  ${named} (environment): this must be a URL` });
  }
  const where = endpoint ?? (named === undefined ? null : env[named]);
  return s3OptionsSchema.parse({
    endpoint: where,
    pathStyle: pathStyle ?? where !== null,
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
  });
}
