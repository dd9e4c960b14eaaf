import { s3OptionsSchema } from '@verger/core';
import { type OptionEntry, off } from './option-entry.ts';

const s3 = s3OptionsSchema.shape;

/** Options of every command that takes a place. Region and credentials come from AWS's own variables. */
export const STORAGE_OPTIONS = [
  {
    name: 's3Endpoint',
    group: 'operational',
    flag: '--s3-endpoint <url>',
    env: 'VERGER_S3_ENDPOINT',
    description: 'endpoint of s3:// if it is not AWS',
    defaultText: 'AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, endpoint_url of the AWS profile, or AWS',
    kind: 'text',
    expects: 'a URL, such as http://127.0.0.1:9000',
    schema: s3.endpoint,
  },
  {
    name: 's3PathStyle',
    group: 'operational',
    flag: '--s3-path-style',
    env: 'VERGER_S3_PATH_STYLE',
    description: 'put the bucket into the path of the URL, not into the host name',
    defaultText: 'on with an endpoint, off on AWS',
    kind: 'switch',
    expects: 'true or false',
    schema: s3.pathStyle,
  },
  {
    name: 's3RequesterPays',
    group: 'operational',
    flag: '--s3-requester-pays',
    env: 'VERGER_S3_REQUESTER_PAYS',
    description: 'accept the charges of requester-pays buckets',
    schema: s3.pathStyle,
    ...off,
  },
] as const satisfies readonly OptionEntry[];
