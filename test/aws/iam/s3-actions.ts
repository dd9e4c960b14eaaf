/** The IAM action of a request to S3, by the table of the service authorization reference. */
import type { IamRequest } from './evaluate.ts';

/** A request as the proxy saw it: path style. */
export interface HeardRequest {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Of every request here: TLS as the roles use it. */
const SECURE = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };

/**
 * What IAM is asked. A request that is not known throws: a new call of ours needs its line here, and its right.
 */
export function iamOfS3({ method, url, headers }: HeardRequest): IamRequest {
  const { pathname, searchParams: query } = new URL(url, 'http://s3');
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/');
  const key = rest.join('/');
  const condition = headers['if-none-match'];
  const about = (action: string, context: Record<string, string> = {}): IamRequest => ({
    action: `s3:${action}`,
    resource: key === '' ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`,
    context: { ...SECURE, ...context },
  });
  if (headers['x-amz-copy-source'] !== undefined) throw new Error(`a copy: ${method} ${url}`);
  if (key === '') {
    if (method === 'HEAD') return about('ListBucket');
    if (method === 'GET' && query.get('list-type') === '2')
      return about('ListBucket', { 's3:prefix': query.get('prefix') ?? '' });
  } else if (method === 'GET' || method === 'HEAD') {
    if ([...query.keys()].every((name) => name === 'x-id')) return about('GetObject');
  } else if (method === 'DELETE') {
    return query.has('uploadId') ? about('AbortMultipartUpload') : about('DeleteObject');
  } else if (method === 'PUT' || method === 'POST') {
    const isPart = query.has('uploads') || query.has('partNumber');
    // Neither the start nor the parts of an upload can carry a condition: IAM has this key to except them.
    const creates = { 's3:ObjectCreationOperation': String(!isPart) };
    return about('PutObject', { ...creates, ...(condition === '*' ? { 's3:if-none-match': '*' } : {}) });
  }
  throw new Error(`this test does not know ${method} ${url}`);
}
