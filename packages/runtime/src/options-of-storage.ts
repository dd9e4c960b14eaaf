import { s3OptionsSchema } from '@verger/core';
import { off, optionsOf } from './option-entry.ts';

const s3 = s3OptionsSchema.shape;

/** Options of every command that takes a place. Region and credentials come from AWS's own variables. */
export const STORAGE_OPTIONS = optionsOf('operational', [
  {
    name: 's3Endpoint',
    flag: '--s3-endpoint <url>',
    description: 'endpoint of s3:// if it is not AWS',
    defaultText: 'AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, endpoint_url of the AWS profile, or AWS',
    expects: 'a URL, such as http://127.0.0.1:9000',
    schema: s3.endpoint,
  },
  {
    name: 's3PathStyle',
    flag: '--s3-path-style',
    description: 'put the bucket into the path of the URL, not into the host name',
    defaultText: 'on with an endpoint, off on AWS',
    kind: 'switch',
    expects: 'true or false',
    schema: s3.pathStyle,
  },
  {
    name: 's3RequesterPays',
    flag: '--s3-requester-pays',
    description: 'accept the charges of requester-pays buckets',
    schema: s3.pathStyle,
    ...off,
  },
]);
