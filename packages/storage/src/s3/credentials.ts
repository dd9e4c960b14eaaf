import { setTimeout as delay } from 'node:timers/promises';
import { within } from '@verger/core';
import type { SigningKeys } from './fast/sigv4.ts';
import type { S3Tuning } from './tuning.ts';

/** What a provider of the SDK gives. `$source` says where it is from. */
interface Identity extends SigningKeys {
  readonly expiration?: Date | undefined;
  readonly $source?: Readonly<Record<string, unknown>> | undefined;
}

type Provider<T extends Identity> = (options?: { forceRefresh?: boolean }) => Promise<T>;

/**
 * Credentials that were there once, and can no longer be had; or such as have expired where they are kept.
 */
export class CredentialsExpired extends Error {
  override readonly name = 'CredentialsExpired';
}

const LONGEST_LOOK_MS = 1000;

/** A source that was asked has so long to answer, also at the end of the time for renewal. */
const LEAST_ANSWER_MS = 5000;

/**
 * The credentials of a client over the life of a process: which of them are in use, and how to get others
 * when S3 refuses them. The SDK's own memory of them does not know that.
 */
export class Credentials {
  #keys: Identity | undefined;
  #changes = 0;
  #ask: Provider<Identity> | undefined;
  #renewing: Promise<boolean> | undefined;
  readonly #askMs: number;

  constructor({ askMs }: Pick<S3Tuning, 'askMs'>) {
    this.#askMs = askMs;
  }

  /** Counts how often they have changed: whoever is refused compares with what it was before. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * A provider that does as `provider` does and is remembered; it has `askMs` to answer. Errors:
   * CredentialsExpired; those of the provider where the network failed.
   */
  provided<T extends Identity>(provider: Provider<T>): Provider<T> {
    const ask: Provider<T> = async (options) => {
      const keys = await answered(provider(options), this.#askMs).catch((error: unknown) => {
        throw this.#failureOf(error);
      });
      const same =
        keys.accessKeyId === this.#keys?.accessKeyId && keys.sessionToken === this.#keys.sessionToken;
      if (!same) this.#changes += 1;
      this.#keys = keys;
      return keys;
    };
    this.#ask = ask;
    return ask;
  }

  /**
   * Reads files and asks services again, at least once a second for `forMs`, together with all who ask
   * meanwhile: true as soon as there are others than those that were in use at `changes`. Never throws, but
   * for the signal's reason.
   */
  async renew(changes: number, forMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#changes !== changes) return true;
    this.#renewing ??= this.#look(changes, forMs).finally(() => {
      this.#renewing = undefined;
    });
    if (signal === undefined) return await this.#renewing;
    let stop = () => {};
    const aborted = new Promise<false>((resolve) => {
      stop = () => resolve(false);
      signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([this.#renewing, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
      signal.throwIfAborted();
    }
  }

  async #look(changes: number, forMs: number): Promise<boolean> {
    // Variables do not change while a process runs.
    const untilMs =
      performance.now() + (this.#keys?.$source?.['CREDENTIALS_ENV_VARS'] === undefined ? forMs : 0);
    for (;;) {
      const answerMs = Math.max(LEAST_ANSWER_MS, untilMs - performance.now());
      const asked = this.#ask?.({ forceRefresh: true });
      if (asked !== undefined) await answered(asked, answerMs).catch(() => undefined);
      if (this.#changes !== changes) return true;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return false;
      await delay(Math.min(LONGEST_LOOK_MS, forMs / 10, leftMs));
    }
  }

  /**
   * A failure of the network may pass; any other is about the credentials, also where it has the form of an
   * answer (of STS).
   */
  #failureOf(error: unknown): unknown {
    if (!(error instanceof Error)) return error;
    const passes = 'code' in error && typeof error.code === 'string' && !('$fault' in error);
    if (passes && error.name !== 'CredentialsProviderError') return error;
    const had = this.#keys !== undefined;
    if (had || /expired|invalid_grant/i.test(`${error.name} ${error.message}`)) {
      const said = had ? `They could not be renewed: ${error.message}` : error.message;
      return new CredentialsExpired(said, { cause: error });
    }
    const failure = new Error(error.message, { cause: error });
    failure.name = 'CredentialsProviderError';
    return failure;
  }
}

/**
 * What the source of the credentials answers. Errors: its own; one that says so when it takes longer than
 * that.
 */
function answered<T>(asked: Promise<T>, ms: number): Promise<T> {
  return within(asked, ms, async () => {
    throw new Error(`the source of the credentials did not answer in ${ms / 1000} s`);
  });
}
