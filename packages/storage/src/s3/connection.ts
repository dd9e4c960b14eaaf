import type { S3Client } from '@aws-sdk/client-s3';
import type { DefaultProviderInit } from '@aws-sdk/credential-provider-node';
import { type S3Options, VergerError } from '@verger/core';
import { Credentials } from './credentials.ts';
import type { RequestTemplate } from './fast/request-template.ts';
import { RequestLimiter } from './limiter.ts';
import { S3_TUNING, type S3Tuning } from './tuning.ts';
import { Waits } from './waits.ts';

/** The AWS SDK, loaded when the first S3 location is used: it takes a quarter of a second. */
export type S3Sdk = typeof import('@aws-sdk/client-s3');

/** A client and what it was made of. */
export interface S3Loaded {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  readonly settings: S3Options;
  readonly credentials: Credentials;
  /**
   * Of each bucket that was read; null where the SDK is to make every request itself (`S3Tuning.fastReads`).
   */
  readonly templates: Map<string, Promise<RequestTemplate | null>> | null;
}

/**
 * What all S3 storages of a process share: client, sockets, limits. Nothing is loaded or connected until it
 * is used.
 */
export class S3Connection {
  readonly tuning: S3Tuning;
  readonly limiter: RequestLimiter;
  readonly waits: Waits;
  /** The endpoint has answered something. */
  answered = false;
  /** It has done something: the credentials were good once. */
  served = false;
  readonly #settings: () => Promise<S3Options>;
  #loading: Promise<S3Loaded> | undefined;
  #closed = false;

  /** `settings` is asked once, at the first use; what it throws is thrown by that use. */
  constructor(settings: () => Promise<S3Options>, tuning: Partial<S3Tuning> = {}) {
    this.#settings = settings;
    this.tuning = { ...S3_TUNING, ...tuning };
    this.limiter = new RequestLimiter(this.tuning);
    this.waits = new Waits(this.tuning);
  }

  /** The client. Errors: those of the settings; E_STORAGE after `close`. */
  async load(): Promise<S3Loaded> {
    if (this.#closed) throw new VergerError('E_STORAGE', {}, { detail: 'The connection to S3 was closed.' });
    this.#loading ??= loadClient(this.#settings, this.tuning);
    return await this.#loading;
  }

  /** Ends its sockets. Calls under way fail, and so do later ones. */
  async close(): Promise<void> {
    this.#closed = true;
    const loaded = await this.#loading?.catch(() => undefined);
    loaded?.client.destroy();
    this.#loading = undefined;
  }
}

async function loadClient(settings: () => Promise<S3Options>, tuning: S3Tuning): Promise<S3Loaded> {
  const [sdk, { S3HttpHandler }, { defaultProvider }, known] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('./http-handler.ts'),
    import('@aws-sdk/credential-provider-node'),
    settings(),
  ]);
  const { endpoint, pathStyle, region, profile } = known;
  const ofProfile = profile === undefined ? {} : { profile };
  const credentials = new Credentials(tuning);
  const requestHandler = new S3HttpHandler(tuning, known.proxies);
  const make = (inRegion: string | null) => {
    const client = new sdk.S3Client({
      ...ofProfile,
      ...(inRegion === null ? {} : { region: inRegion }),
      ...(endpoint === null
        ? {}
        : {
            endpoint,
            requestChecksumCalculation: 'WHEN_REQUIRED',
            responseChecksumValidation: 'WHEN_REQUIRED',
          }),
      forcePathStyle: pathStyle,
      // Shared files are read again each time they are needed: they are renewed while a process runs.
      credentialDefaultProvider: (init: DefaultProviderInit) =>
        credentials.provided(
          defaultProvider({ ...init, ...ofProfile, ignoreCache: true, clientConfig: { requestHandler } }),
        ),
      // Attempts are made here, around the request and the whole body.
      maxAttempts: 1,
      // Variables and profile have been looked at.
      ignoreConfiguredEndpointUrls: true,
      expectContinueHeader: false,
      requestHandler,
    });
    if (known.requesterPays === true) sayWhoPays(client);
    return client;
  };
  const client = make(region);
  const templates: S3Loaded['templates'] = tuning.fastReads ? new Map() : null;
  const isNamed = endpoint === null || region !== null;
  // Other stores seldom mind the region, but it is signed: AWS' own default where nothing names one.
  const found = isNamed || (await client.config.region().catch(() => undefined)) !== undefined;
  // The other one has no sockets, and its handler is that of the first.
  return { sdk, client: found ? client : make('us-east-1'), settings: known, credentials, templates };
}

/**
 * Every request says that who asks pays
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html).
 */
function sayWhoPays({ middlewareStack }: S3Client): void {
  middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-request-payer'] = 'requester';
      return await next(args);
    },
    { step: 'build', name: 'vergerRequesterPays' },
  );
}
