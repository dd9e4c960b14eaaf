import { type ErrorEntry, permanent, task } from './entry.ts';

/** Errors of S3 and of S3-compatible stores. */
export const S3_ERRORS = {
  E_S3_BUCKET: permanent(
    'The bucket does not exist.',
    'Check its name, and --s3-endpoint if it is not on AWS. verger does not create buckets.',
    3,
  ),
  E_S3_CREDENTIALS: permanent(
    'S3 does not accept the credentials, or there are none.',
    "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine's role; `aws sts " +
      'get-caller-identity` shows whose they are.',
  ),
  E_S3_EXPIRED: task(
    'The S3 credentials have expired, or their session token is not valid.',
    'Renew them (for example with `aws sso login`), then run the same command again.',
  ),
  E_S3_CLOCK: permanent(
    'The clock of this machine differs too much from that of S3.',
    'Set the clock (NTP), then run the same command again.',
  ),
  E_S3_REGION: permanent(
    'No region is set, or it is not the region of the bucket.',
    'Set AWS_REGION, or `region` in the AWS profile, to the region of the bucket.',
    2,
  ),
  E_S3_FORBIDDEN: permanent(
    'S3 denied access.',
    'Grant s3:ListBucket on the bucket and s3:GetObject on its objects; for results also s3:PutObject, ' +
      's3:DeleteObject and s3:AbortMultipartUpload. A requester-pays bucket needs --s3-requester-pays.',
  ),
  E_S3_ACCOUNT: permanent(
    'S3 does not serve this account, or the account of the bucket.',
    "Ask the bucket's owner or the provider's support: the account is suspended, not signed up, or cannot " +
      'be charged.',
  ),
  E_S3_ARCHIVED: permanent(
    'The objects are archived: S3 cannot read them until they are restored.',
    'Restore them (S3 Batch Operations, or `aws s3api restore-object`), then run the same command again.',
    3,
  ),
  E_S3_ENCRYPTED: permanent(
    'S3 cannot use the key that the objects are encrypted with.',
    'Enable the KMS key and grant kms:Decrypt, for results also kms:GenerateDataKey. Customer-provided ' +
      'keys (SSE-C) are not supported: copy such objects without one.',
  ),
  E_S3_REFUSED: permanent(
    'S3 rejected the request, and would reject it again.',
    'Look up the error code that S3 gives above. If this is not AWS, check --s3-endpoint and ' +
      '--s3-path-style.',
  ),
  E_S3_UNREACHABLE: task(
    'The S3 endpoint cannot be reached.',
    'Check --s3-endpoint (VERGER_S3_ENDPOINT, AWS_ENDPOINT_URL, endpoint_url of the AWS profile), the ' +
      'proxy (HTTPS_PROXY, NO_PROXY), the network and DNS, then run the same command again.',
  ),
  E_S3_STORE: permanent(
    'The store does not behave like S3.',
    'Use another store, or another version of it: results from this one could not be trusted.',
  ),
  E_S3_ORDER: permanent(
    'The store does not list keys in byte order.',
    'Use a general purpose bucket, or another store: a listing must be repeatable.',
  ),
} as const satisfies Record<string, ErrorEntry>;
