import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { createSigner } from './sigv4.ts';

type Sdk = Pick<typeof import('@aws-sdk/client-s3'), 'GetObjectCommand'>;

/** As the SDK hands a request to its socket handler. */
export interface HttpRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** As the socket handler gives an answer. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The SDK's own request for an object of a bucket, of which only key, range, date and signature are changed.
 */
export interface RequestTemplate {
  readonly request: HttpRequest;
  /** What comes before the key. */
  readonly path: string;
  readonly query: string;
  /** Without what is made for each request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly unsigned: readonly string[];
  readonly sign: ReturnType<typeof createSigner>;
}

/** Any key will do: it is cut off again. */
const PLACEHOLDER = 'key';
/** Made for each request, or about the SDK's own attempts. */
const NOT_KEPT = [
  ...['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent'],
  ...['amz-sdk-invocation-id', 'amz-sdk-request'],
];
const SIGNED = /^AWS4-HMAC-SHA256 Credential=[^,]+\/([^/,]+)\/s3\/aws4_request, SignedHeaders=([^,]+),/;

/**
 * Has the SDK make a request that is not sent. Null where it is of a kind that cannot be made here. Errors:
 * the SDK's, for want of credentials or a region.
 */
export async function makeTemplate(
  { sdk, client }: { sdk: Sdk; client: S3Client },
  bucket: string,
): Promise<RequestTemplate | null> {
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: PLACEHOLDER });
  let request: HttpRequest | undefined;
  answerWith(command, (made) => {
    request = made;
    return { statusCode: 200, headers: {}, body: Readable.from([]) };
  });
  await client.send(command);
  if (request === undefined) return null;
  const [, region, signed] = SIGNED.exec(request.headers['authorization'] ?? '') ?? [];
  const query = plainQuery(request.query);
  const ends = request.path.endsWith(`/${PLACEHOLDER}`);
  if (region === undefined || signed === undefined || query === undefined || !ends) return null;
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !NOT_KEPT.includes(name)),
  );
  if (headers['x-amz-content-sha256'] === undefined) return null;
  return {
    ...{ request, query, headers },
    path: request.path.slice(0, -PLACEHOLDER.length),
    unsigned: Object.keys(headers).filter((name) => !signed.split(';').includes(name)),
    sign: createSigner(region),
  };
}

/** The canonical form of a query whose names and values need no encoding, else undefined. */
function plainQuery(query: HttpRequest['query']): string | undefined {
  const pairs = Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = pairs.every(([name, value]) => typeof value === 'string' && /^[\w.~-]+$/.test(name + value));
  return plain ? pairs.map(([name, value]) => `${name}=${value}`).join('&') : undefined;
}

/** Takes the place of the network for one command. */
export function answerWith(
  command: InstanceType<Sdk['GetObjectCommand']>,
  answer: (request: HttpRequest) => HttpResponse,
): void {
  command.middlewareStack.add(
    () => async (args) => ({ response: answer(args.request as HttpRequest), output: { $metadata: {} } }),
    { step: 'deserialize', priority: 'low', name: 'vergerAnswer' },
  );
}
