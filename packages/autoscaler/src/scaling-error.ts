import { type ErrorCode, VergerError } from '@verger/core';

/** Codes of the Auto Scaling API and names of the SDK's errors, by what they mean here. */
const CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /^(Throttling(Exception)?|ThrottledException|RequestLimitExceeded|TooManyRequests(Exception)?)$/,
    'E_SCALING_BUSY',
  ],
  [/^(ScalingActivityInProgress|ResourceContention)(Fault)?$/, 'E_SCALING_BUSY'],
  [/^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized)$/, 'E_SCALING_DENIED'],
  [/^(Credentials|Token)ProviderError$/, 'E_SCALING_CREDENTIALS'],
  [
    /^(ExpiredToken(Exception)?|InvalidClientTokenId|UnrecognizedClient(Exception)?)$/,
    'E_SCALING_CREDENTIALS',
  ],
  [
    /^(SignatureDoesNotMatch|InvalidSignature(Exception)?|MissingAuthenticationToken|OptInRequired)$/,
    'E_SCALING_CREDENTIALS',
  ],
];

/** What the SDK throws, as far as it is read. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/**
 * What the Auto Scaling API or its SDK threw as an error of the table: E_SCALING_BUSY, …_UNREACHABLE,
 * …_DENIED, …_CREDENTIALS, …_GROUP, …_REFUSED. The API's code and sentence are in its detail.
 */
export function scalingError(thrown: unknown, group: string): VergerError {
  if (thrown instanceof VergerError) return thrown;
  const { name, message, status } = readThrown(thrown);
  const detail = `${name}: ${message}`.replace(/\s+/g, ' ').slice(0, 500);
  return new VergerError(codeOf({ name, message, status }), { location: group }, { detail, cause: thrown });
}

function codeOf({ name, message, status }: Thrown): ErrorCode {
  const known = CODES.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined) return known;
  if (/^region is missing/i.test(message)) return 'E_SCALING_CREDENTIALS';
  if (/AutoScalingGroup.*not found/i.test(message)) return 'E_SCALING_GROUP';
  if (status === 429) return 'E_SCALING_BUSY';
  if (status === 401 || status === 403) return 'E_SCALING_DENIED';
  // Without a status nobody has answered.
  return status === undefined || status >= 500 ? 'E_SCALING_UNREACHABLE' : 'E_SCALING_REFUSED';
}

function readThrown(thrown: unknown): Thrown {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), status: undefined };
  const { $metadata: metadata } = thrown as { $metadata?: { httpStatusCode?: number } };
  return { name: thrown.name, message: thrown.message, status: metadata?.httpStatusCode };
}
