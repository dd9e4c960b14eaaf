import type { ErrorCode } from '@verger/core';

/** What a refusal of S3 is to verger, and whether another attempt may help (`once`: one more). */
export interface Meaning {
  readonly code: ErrorCode;
  readonly again: 'no' | 'once' | 'yes';
}

/** A refusal: S3's word (empty where there is none), its sentence, and what was asked. */
export interface Refused {
  readonly name: string;
  readonly status: number;
  readonly message: string;
  /** Such as `GetObject`. */
  readonly operation: string;
}

const words = (text: string): readonly string[] => text.split(' ');

/** Words with which S3 says that the bucket is elsewhere. */
export const REGION_WORDS = words(
  'PermanentRedirect PermanentRedirectControlError TemporaryRedirect Redirect ' +
    'IllegalLocationConstraintException IncorrectEndpoint',
);

/** Words with which a store asks for fewer requests. `SlowDownRead` and `SlowDownWrite` are MinIO's. */
export const SLOW_WORDS = words(
  'SlowDown SlowDownRead SlowDownWrite ServiceUnavailable TooManyRequests RequestLimitExceeded ' +
    'BandwidthLimitExceeded Throttling ThrottlingException',
);

/**
 * Words that say the same whatever the status and the request. S3's own list, and those of stores that speak
 * its language: XAdmin… is versitygw's, UserSuspended Ceph's, StorageCapExceeded Backblaze's, XMinio…
 * MinIO's, as is InvalidTokenId
 * for temporary credentials that are over.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const BY_WORD: Readonly<Partial<Record<ErrorCode, readonly string[]>>> = {
  E_S3_CREDENTIALS: words(
    'InvalidAccessKeyId SignatureDoesNotMatch InvalidSignature InvalidClientTokenId ' +
      'UnrecognizedClientException InvalidSecurity AuthorizationHeaderMalformed ' +
      'AuthorizationQueryParametersError MissingAuthenticationToken MissingSecurityHeader ' +
      'CredentialsNotSupported CredentialsProviderError XAdminUserNotFound',
  ),
  E_S3_EXPIRED: words(
    'ExpiredToken ExpiredTokenException TokenRefreshRequired InvalidToken InvalidTokenId ' +
      'InvalidSessionException',
  ),
  E_S3_CLOCK: words('RequestTimeTooSkewed RequestExpired RequestInTheFuture'),
  E_S3_REGION: REGION_WORDS,
  E_S3_BUCKET: words(
    'NoSuchBucket InvalidBucketName NoSuchAccessPoint InvalidAccessPoint ' +
      'InvalidAccessPointAliasError NoSuchMultiRegionAccessPoint',
  ),
  E_S3_ACCOUNT: words(
    'AccountProblem AccountSuspended UserSuspended AllAccessDisabled NotSignedUp OptInRequired ' +
      'InvalidPayer',
  ),
  E_S3_ARCHIVED: words('InvalidObjectState ObjectNotInActiveTierError'),
  E_S3_ENCRYPTED: words(
    'EncryptionTypeMismatch InvalidEncryptionAlgorithmError InvalidEncryptionMethod ' +
      'SSECustomerKeyMD5Mismatch XMinioSSEEncryptedObject',
  ),
  E_OUTPUT_FULL: words(
    'QuotaExceeded InsufficientCapacity InsufficientStorage StorageCapExceeded XMinioStorageFull ' +
      'XMinioAdminBucketQuotaExceeded',
  ),
  E_STORAGE_KEY: words('KeyTooLongError KeyTooLong XMinioInvalidObjectName'),
};

const MEANINGS: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries(BY_WORD).flatMap(([code, words]) => words.map((word) => [word, code as ErrorCode])),
);

/**
 * Refusals of which one more attempt may know more: its credentials and its clock are put right in between.
 */
const ONCE: readonly ErrorCode[] = ['E_S3_EXPIRED', 'E_S3_CLOCK'];

/** About the way there, or about just now, whatever the status. */
const HEALS = words(
  'RequestTimeout IncompleteBody BadDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch ' +
    'ConnectionClosedByRequester InternalError OperationAborted ConditionalRequestConflict Busy',
);

/** Requests that take room; to others a quota is another one, such as of what may be read in a month. */
const WRITES = /^(PutObject|UploadPart|CreateMultipartUpload|CompleteMultipartUpload)$/;

/** Conflicts that do not go away. */
const STAYS: readonly string[] = ['InvalidBucketState', 'BucketAlreadyExists', 'RestoreAlreadyInProgress'];

/** An upload that is gone is begun again by whoever asked for it: the next try of the job may do it. */
const UPLOAD_GONE: readonly string[] = ['NoSuchUpload', 'InvalidPart', 'InvalidPartOrder'];

/** Create-only writes; a store without them says so to no other request. */
const CONDITIONAL: readonly string[] = ['PutObject', 'CompleteMultipartUpload'];

/** `KMS.DisabledException`, `KMSNotConfigured`, `XMinioKMSKeyNotFound`. */
const KMS_WORD = /^(XMinio)?KMS/;

/**
 * SSE-C, whose requests have no word of their own: `InvalidRequest`, `InvalidArgument`; and a role that may
 * not use the key.
 */
const KMS_SENTENCE = /\bkms:\w+|server.side encryption|customer.provided (encryption )?key|\bSSE-?C\b/i;

/** What a refusal means. What does not heal is never E_STORAGE, but for an upload that is gone. */
export function meaningOf({ name, status, message, operation }: Refused): Meaning {
  const known = MEANINGS.get(name) ?? (status === 507 ? 'E_OUTPUT_FULL' : undefined);
  if (known === 'E_OUTPUT_FULL' && !WRITES.test(operation)) return { code: 'E_S3_REFUSED', again: 'no' };
  if (known !== undefined) return { code: known, again: ONCE.includes(known) ? 'once' : 'no' };
  const isRefusal = status >= 400 && status < 500;
  if (KMS_WORD.test(name) || (isRefusal && KMS_SENTENCE.test(message))) {
    return { code: 'E_S3_ENCRYPTED', again: 'no' };
  }
  if (status === 301 || status === 307) return { code: 'E_S3_REGION', again: 'no' };
  if (HEALS.includes(name) || SLOW_WORDS.includes(name)) return { code: 'E_STORAGE', again: 'yes' };
  if (UPLOAD_GONE.includes(name)) return { code: 'E_STORAGE', again: 'no' };
  if (status === 501 || name === 'NotImplemented') {
    return { code: CONDITIONAL.includes(operation) ? 'E_STORAGE_CONDITIONAL' : 'E_S3_REFUSED', again: 'no' };
  }
  if (status === 403 || status === 401) return { code: 'E_S3_FORBIDDEN', again: 'no' };
  const passes = status === 408 || status === 429 || (status === 409 && !STAYS.includes(name));
  if (!isRefusal || passes) return { code: 'E_STORAGE', again: 'yes' };
  return { code: 'E_S3_REFUSED', again: 'no' };
}
