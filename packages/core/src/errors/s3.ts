import { type ErrorEntry, permanent, task } from './entry.ts';

/** Codes of S3 and of stores that speak its language. */
export const S3_ERRORS = {
  E_S3_BUCKET: permanent(
    3,
    'There is no bucket of that name.',
    'Check its name, and --s3-endpoint where it is not at AWS. verger makes no bucket.',
  ),
  E_S3_CREDENTIALS: permanent(
    1,
    'S3 does not accept the credentials, or there are none.',
    "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine's role; `aws sts get-caller-identity` shows whose they are.",
  ),
  E_S3_EXPIRED: task(
    'The credentials have expired, or their session token is not valid.',
    'Get new ones (such as `aws sso login`), then give the same command again.',
  ),
  E_S3_CLOCK: permanent(
    1,
    'The clock of this machine differs too much from that of S3.',
    'Set the clock (NTP), then give the same command again.',
  ),
  E_S3_REGION: permanent(
    2,
    'No region is set, or not that of the bucket.',
    'Set AWS_REGION to the region of the bucket, and check that AWS_PROFILE names a profile that is there.',
  ),
  E_S3_FORBIDDEN: permanent(
    1,
    'S3 does not permit it.',
    'Grant s3:ListBucket on the bucket, and on its objects s3:GetObject, for results also s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload. Where who asks is to pay: --s3-requester-pays.',
  ),
  E_S3_ACCOUNT: permanent(
    1,
    'S3 does not serve this account, or that of the bucket.',
    "Ask the bucket's owner, or the provider's support: the account is suspended, not signed up, or is not to pay.",
  ),
  E_S3_ARCHIVED: permanent(
    3,
    'The objects are archived: S3 gives their bytes only once they are restored.',
    'Restore them (S3 Batch Operations, or `aws s3api restore-object`), then give the same command again.',
  ),
  E_S3_ENCRYPTED: permanent(
    1,
    'S3 cannot use the key that the objects are encrypted with.',
    'Enable the KMS key and grant kms:Decrypt, for results also kms:GenerateDataKey. Keys of your own (SSE-C) are not supported: copy such objects without.',
  ),
  E_S3_REFUSED: permanent(
    1,
    'S3 refuses the request, and would refuse it again.',
    'Read what S3 says above; look it up under that word. Where it is not AWS, check --s3-endpoint and --s3-path-style.',
  ),
  E_S3_UNREACHABLE: task(
    'The S3 endpoint cannot be reached.',
    'Check --s3-endpoint (VERGER_S3_ENDPOINT, AWS_ENDPOINT_URL, endpoint_url of the AWS profile), the proxy (HTTPS_PROXY, NO_PROXY), the network and DNS, then give the same command again.',
  ),
  E_S3_STORE: permanent(
    1,
    'The store does not do what S3 does.',
    'Use another store, or another version of it: what verger writes and reads there could not be trusted.',
  ),
  E_S3_ORDER: permanent(
    1,
    'The store does not list its keys in byte order.',
    'Use a general purpose bucket, or another store: listings must be the same again.',
  ),
} as const satisfies Record<string, ErrorEntry>;
