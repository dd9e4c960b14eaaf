import { type ErrorCode, type ErrorPlace, STORE_CODE, VergerError } from '@verger/core';
import { wayText } from './way.ts';
import { meaningOf, REGION_WORDS, SLOW_WORDS } from './words.ts';

/** What is wrong with one attempt. */
export interface S3Fault {
  /** What the call ends with when there is no further attempt. */
  readonly error: VergerError;
  /** Another attempt may help. `once`: one more, since something was put right meanwhile. */
  readonly again: 'no' | 'once' | 'yes';
  /** The store asks for fewer requests. */
  readonly slow: boolean;
  /** The endpoint answered, whatever it said. */
  readonly answered: boolean;
}

/** What an error of the SDK says of the answer. */
export interface S3Answer {
  /** S3's own word (`NoSuchKey`), or the SDK's (`NotFound`) where the answer had no body. */
  readonly name: string;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Further elements of S3's XML, such as Region. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The answer in an error that the SDK threw; undefined when there was none, or none that could be read to its
 * end.
 */
export function answerOf(error: unknown): S3Answer | undefined {
  if (!(error instanceof Error)) return undefined;
  if (!('$fault' in error)) return answerOfOther(error);
  const { $response: response, $metadata: metadata } = error as Error & {
    $response?: { statusCode?: number; headers?: Record<string, string> };
    $metadata?: { httpStatusCode?: number };
  };
  const status = response?.statusCode ?? metadata?.httpStatusCode;
  if (status === undefined) return undefined;
  return { name: error.name, status, headers: response?.headers ?? {}, fields: { ...error } };
}

/**
 * A refusal that is not in S3's language, such as the page of a proxy: the SDK could not read it. Not one
 * whose body did not come to its end.
 */
function answerOfOther(error: Error): S3Answer | undefined {
  if (isOfNetwork(error)) return undefined;
  const { $response: response } = error as {
    $response?: { statusCode?: number; headers?: Record<string, string> };
  };
  const status = response?.statusCode ?? 0;
  if (status < 400 || status >= 500) return undefined;
  return { name: '', status, headers: response?.headers ?? {}, fields: {} };
}

/** Empty where it has none. */
const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

/** Of a socket, of undici, or of a signal; a parser's errors have no code. */
function isOfNetwork(error: Error): boolean {
  return codeOf(error) !== '' || error.name === 'TimeoutError' || error.name === 'AbortError';
}

/** A body that did not come as it was announced. */
export class BodyFault extends Error {
  override readonly name = 'BodyFault';
}

const UNREACHABLE = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'];
const CONNECT_TIMEOUT = 'UND_ERR_CONNECT_TIMEOUT';
const TLS = /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|UND_ERR_PRX_TLS)|^EPROTO$/;

/** OpenSSL's words when the peer answers a TLS handshake in plain text. */
const NO_TLS = /SSL routines.*(wrong version number|packet length too long)/;
/** Node's codes for a certificate whose issuer is not known here. */
const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY_LEAF)/;

/** What an error of one attempt means. Errors of neither S3 nor the network are thrown as they are. */
export function faultOf(
  error: unknown,
  place: ErrorPlace,
  call: { operation: string; region: string },
): S3Fault {
  const answer = answerOf(error);
  if (answer !== undefined) return faultOfAnswer(error as Error, answer, { place, ...call });
  if (!(error instanceof Error)) throw error;
  const make = (code: ErrorCode, detail = detailOf(error)) =>
    new VergerError(code, place, { detail, cause: error });
  const unanswered = { slow: false, answered: false };
  const code = codeOf(error);
  if (error.name === 'CredentialsExpired') {
    return { error: make('E_S3_EXPIRED'), again: 'once', ...unanswered };
  }
  if (error.name === 'CredentialsProviderError') {
    return { error: make('E_S3_CREDENTIALS'), again: 'once', ...unanswered };
  }
  if (/region is missing/i.test(error.message)) {
    return { error: make('E_S3_REGION', 'No region is set.'), again: 'no', ...unanswered };
  }
  if (TLS.test(code) || error.name === 'ProxyRefusal') {
    return { error: make('E_S3_UNREACHABLE'), again: refusalPasses(error) ? 'yes' : 'no', ...unanswered };
  }
  if (error.name === 'HandlerClosed') return { error: make('E_STORAGE'), again: 'no', ...unanswered };
  if (UNREACHABLE.includes(code) || code === CONNECT_TIMEOUT) {
    return { error: make('E_S3_UNREACHABLE'), again: 'yes', ...unanswered };
  }
  if (error instanceof BodyFault || '$response' in error || isOfNetwork(error)) {
    return {
      error: make('E_STORAGE', `S3 sent no complete answer: ${detailOf(error)}`),
      again: 'yes',
      ...unanswered,
    };
  }
  throw error;
}

/** A proxy that cannot, or not now, in place of one that does not want to. */
function refusalPasses(error: Error): boolean {
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 0;
  return status >= 500 || status === 429;
}

function faultOfAnswer(
  cause: Error,
  answer: S3Answer,
  { place, operation, region }: { place: ErrorPlace; operation: string; region: string },
): S3Fault {
  const { name, status = 0 } = answer;
  const word = name === '' ? '' : ` ${name}`;
  const said = `S3 answered ${status}${word} to ${operation}${messageOf(cause, name)}`;
  const fault = (code: ErrorCode, again: S3Fault['again'], detail = said): S3Fault => ({
    error: new VergerError(code, place, { detail, cause, storeCode: storeCodeOf(answer) }),
    again,
    slow: SLOW_WORDS.includes(name) || status === 503 || status === 429,
    answered: true,
  });
  const regionOf = regionNamed(answer);
  const isElsewhere = regionOf !== undefined && regionOf !== region && status < 500;
  const { code, again } = meaningOf({ name, status, message: cause.message, operation });
  if (!isElsewhere && code !== 'E_S3_REGION') return fault(code, again);
  const there =
    regionOf === undefined ? '' : ` The bucket is in ${regionOf}; the configured region is ${region}.`;
  return fault('E_S3_REGION', 'no', `${said}${there}`);
}

/**
 * S3's own code as a record may hold it, without the dot of `KMS.DisabledException`; undefined where S3 gave
 * none of that form.
 */
function storeCodeOf({ fields }: S3Answer): string | undefined {
  const said = fields['Code'];
  const code = typeof said === 'string' ? said.replaceAll('.', '') : '';
  return STORE_CODE.test(code) ? code : undefined;
}

/** The region in which an answer says that the bucket is. */
function regionNamed({ name, headers, fields }: S3Answer): string | undefined {
  const named =
    fields['Region'] ?? (REGION_WORDS.includes(name) ? headers['x-amz-bucket-region'] : undefined);
  return typeof named === 'string' && named !== '' ? named : undefined;
}

/** More of a sentence is not kept. */
const LONGEST = 1000;

/** S3's sentence where it says more than its word. It holds no secret: S3 names at most the id of a key. */
function messageOf({ message }: Error, name: string): string {
  if (name === '') return ', which is not an S3 error.';
  const text = message.replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '$1***').trim();
  if (text === '' || text === name || text === 'UnknownError') return '.';
  return text.length > LONGEST ? `: ${text.slice(0, LONGEST)}…` : `: ${text}`;
}

/** Node's AggregateError (several addresses tried) has no message of its own. */
function detailOf(error: Error): string {
  const way = wayText(error);
  const own = error.message.trim();
  if (NO_TLS.test(own)) return `The endpoint does not use TLS: its URL must start with http://.${way}`;
  if (UNTRUSTED.test(codeOf(error))) {
    return `${own}; for a private CA, set NODE_EXTRA_CA_CERTS to its certificate${way}`;
  }
  if (own !== '') return `${own}${way}`;
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  const said =
    first instanceof Error ? first.message : String((error as NodeJS.ErrnoException).code ?? error.name);
  return `${said}${way}`;
}
