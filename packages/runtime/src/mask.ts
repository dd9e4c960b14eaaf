const MASK = '***';

/** Each with the secret in the place of `$2`: `$1` and `$3` stay. */
const RULES: readonly RegExp[] = [
  // The password of a URL, or all before the @ when there is no user: redis://:secret@host,
  // https://user:secret@host. RFC 3986 3.2.1.
  /([a-z][a-z0-9+.-]*:\/\/[^\s/:@"'?#]*:)([^\s/"'?#]*)(@)/gi,
  // Of a Redis URL whose password was not encoded, all before the last @: a / or ? of the password ends
  // nothing there.
  /(rediss?:\/\/)([^\s@"']*[/?#][^\s"']*)(@)/gi,
  // A token in the place of the user: https://secret@host.
  /((?:https?|rediss?):\/\/)([^\s/:@"'?#]+)(@)/gi,
  // Query fields of presigned S3 URLs and of the like.
  /([?&](?:x-amz-(?:signature|credential|security-token)|signature|awsaccesskeyid|access_?token|token|password|secret|api_?key)=)([^\s&"'#]+)()/gi,
  // NAME=value and "name": "value", where the name says that the value is secret.
  /(["']?[\w-]*(?:password|passwd|secret|token|api_?key|access_?key)[\w-]*["']?\s*[=:]\s*["']?)([^\s"',;&}]+)()/gi,
  /(\b(?:bearer|basic)\s+)([\w.~+/=-]{8,})()/gi,
  // AWS access key ids: AKIA… and, of temporary credentials, ASIA….
  /(\b(?:AKIA|ASIA))([A-Z0-9]{12,})()/g,
];

const SECRET_FIELD = /password|passwd|secret|token|authorization|api_?key|access_?key|credential/i;

/**
 * A text with the passwords of URLs, signatures, keys and tokens in it replaced by `***`. Masking twice
 * changes nothing more.
 */
export function maskSecrets(text: string): string {
  return RULES.reduce((masked, rule) => masked.replace(rule, `$1${MASK}$3`), text);
}

/** True for names of fields whose value is not to be shown whatever it is. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}

/**
 * A value for a log: texts masked, secret fields replaced, errors as plain objects, nothing deeper than 8
 * levels.
 */
export function maskValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskSecrets(value);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if (depth >= 8) return '…';
  if (value instanceof Error) return maskError(value, depth);
  if (value instanceof URL) return maskSecrets(value.href);
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1));
  return maskFields(value, depth);
}

function maskError(error: Error, depth: number): object {
  const { name, message, stack, cause } = error;
  return {
    ...maskFields({ ...error }, depth),
    name,
    message: maskSecrets(message),
    ...(stack === undefined ? {} : { stack: maskSecrets(stack) }),
    ...(cause === undefined ? {} : { cause: maskValue(cause, depth + 1) }),
  };
}

/** `maskValue` for the fields of an object. */
export function maskFields(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isSecretField(name) && value !== undefined && value !== null ? MASK : maskValue(value, depth + 1),
    ]),
  );
}
