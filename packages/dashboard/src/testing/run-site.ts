import type { TestContext } from 'node:test';
import type { Clock } from '@verger/core';
import { createStorages, type Storages } from '@verger/storage';
import { faultyStorage, type StorageCall } from '@verger/testkit/faulty-storage';
import { temporaryFolder } from '@verger/testkit/run-harness';
import type { PageAnswer, Pages } from '../http/page.ts';
import { createRunPages, type RunPagesOptions } from '../runs/run-pages.ts';

/** The time at which tests look at runs. */
export const NOW_MS = Date.parse('2026-11-30T12:00:00.000Z');

/** A clock that is set. */
export interface SetClock extends Clock {
  /** Milliseconds since `NOW_MS`. */
  passedMs: number;
}

/** A clock that stands until it is set. */
export function setClock(): SetClock {
  return {
    passedMs: 0,
    monotonicMs() {
      return this.passedMs;
    },
    now() {
      return new Date(NOW_MS + this.passedMs).toISOString();
    },
  };
}

/** Storages of folders whose calls are seen. */
export function seenStorages(before?: (call: StorageCall & { location: string }) => void | Promise<void>) {
  const calls: (StorageCall & { location: string })[] = [];
  const none = createStorages(async () => {
    throw new Error('no S3 here');
  });
  const storages: Storages = {
    ...none,
    open: (location) => {
      const store = none.open(location);
      return faultyStorage(store, {
        before: async (call) => {
          const seen = { ...call, location: store.describe() };
          calls.push(seen);
          await before?.(seen);
        },
      });
    },
  };
  return { storages, calls };
}

/** Pages of runs below a temporary folder. */
export interface RunSite {
  readonly output: string;
  readonly clock: SetClock;
  readonly pages: Pages;
  readonly calls: readonly (StorageCall & { location: string })[];
  get(address: string): Promise<PageAnswer>;
  post(address: string, form?: Record<string, string>): Promise<PageAnswer>;
}

/** Pages of the runs of a temporary folder, or of the places that are named. */
export async function runSite(
  t: TestContext,
  options: Partial<RunPagesOptions> & {
    readonly before?: Parameters<typeof seenStorages>[0];
    readonly output?: string;
  } = {},
): Promise<RunSite> {
  const output = options.output ?? (await temporaryFolder(t));
  const clock = setClock();
  const { storages, calls } = seenStorages(options.before);
  const pages = createRunPages({ places: [output], storages, clock, storageFlags: [], ...options });
  const ask = async (method: 'GET' | 'POST', address: string, form: Record<string, string>) => {
    const { pathname, searchParams } = new URL(address, 'http://dashboard');
    const sent = new AbortController();
    const request = {
      ...{ method, path: decodeURIComponent(pathname), query: searchParams },
      ...{ form: new URLSearchParams(form), base: '/verger', signal: sent.signal },
    };
    const answer = await pages.answer(request);
    sent.abort();
    if (answer === undefined || 'stream' in answer) throw new Error(`no page: ${address}`);
    return answer;
  };
  return {
    ...{ output, clock, pages, calls },
    get: (address) => ask('GET', address, {}),
    post: (address, form = {}) => ask('POST', address, form),
  };
}

/** The text of a page, its tags left out and its spaces joined. */
export function textOf({ body }: PageAnswer): string {
  return String(body)
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}
