import type { Server } from 'node:http';
import type { HealthServer } from '@verger/cluster';
import { type Clock, defer, type Logger } from '@verger/core';
import { askQueue } from '@verger/driver/runs';
import { type Alive, openQueueReader, type QueueReader } from '@verger/queue';
import { RunIndex } from '@verger/run-index';
import type { Storages } from '@verger/storage';
import { createBoard } from './board/board.ts';
import { noQueues } from './board/waiting-page.ts';
import { closeServer, listen, readListen, refused } from './http/listen.ts';
import { isLoopback } from './http/origin.ts';
import type { Pages } from './http/page.ts';
import { createDashboardServer } from './http/server.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { createAssets } from './page/assets.ts';
import type { RunActions } from './run-actions.ts';
import type { RunQueue } from './runs/queue-watch.ts';
import { type ClosablePages, createRunPages } from './runs/run-pages.ts';

/** What the dashboard is started with. */
export interface DashboardSetup {
  /** `host:port`. */
  readonly listen: string;
  /** '' or `/verger`. */
  readonly basePath: string;
  /** Null: no login; only on loopback addresses. */
  readonly password: string | null;
  /** A Redis URL whose user may only read, or null: no queues are shown. */
  readonly redisUrl: string | null;
  readonly prefix: string;
  /** Name of this process at Redis. */
  readonly name: string;
  /** Where `/healthz` and `/metrics` are served; null for nowhere. */
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Output folders and s3:// prefixes whose runs are shown. */
  readonly places: readonly string[];
  /** Further places whose images are shown. */
  readonly allowRoots?: readonly string[];
  readonly storages: Storages;
  /** Printed with commands: how the store is reached. */
  readonly storageFlags: readonly string[];
  /** What is typed to call verger. */
  readonly program: string;
  /** Undefined: runs are only shown. */
  readonly actions: RunActions | undefined;
}

/** A dashboard that listens. */
export interface Dashboard {
  /** Where its pages start: `http://127.0.0.1:3000/verger`. */
  readonly url: string;
  /** `http://…` of the health server, or undefined. */
  readonly healthUrl: string | undefined;
  /** Resolves when it has been closed. */
  readonly done: Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Starts the dashboard. Redis and storage may be gone: their pages say so, and come back with them. Errors:
 * E_CONFIG: an address that cannot be listened on, or a public one without a password.
 */
export async function startDashboard(setup: DashboardSetup): Promise<Dashboard> {
  const { basePath: base, password, logger, clock } = setup;
  const address = readListen(setup.listen);
  if (password === null && !isLoopback(address.host)) throw refused(setup.listen, NEEDS_PASSWORD);
  const reader = readerOf(setup);
  const open: { server?: Server; health?: HealthServer | undefined; runs?: ClosablePages } = {};
  const close = async () => {
    open.runs?.close();
    if (open.server !== undefined) await closeServer(open.server);
    await open.health?.close();
    await reader?.close();
  };
  try {
    const board = reader === undefined ? withoutQueues : createBoard({ reader, base, clock });
    const index = new RunIndex(setup);
    const queue = reader === undefined ? undefined : queueOf(reader);
    // Without a login only users of this machine can look, at what this user's own runs name.
    const images = { roots: [...setup.places, ...(setup.allowRoots ?? [])], isPrivate: password === null };
    open.runs = createRunPages({ ...setup, index, queue, images });
    const pages = [createAssets(), open.runs, board];
    open.server = createDashboardServer({ base, password, pages, start: '/runs', clock, logger });
    const url = `${await listen(open.server, address)}${base}/`;
    if (setup.health !== null) {
      open.health = await serveMetrics(setup.health, { index, reader, clock, logger });
    }
    if (password === null)
      logger.warn({}, 'no login is needed: everybody on this machine may read the dashboard');
    return { url, healthUrl: open.health?.url, ...closing(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

const NEEDS_PASSWORD =
  'others can reach this address, so a login is needed: name a file with a password as ' +
  'VERGER_DASHBOARD_PASSWORD_FILE';

const withoutQueues: Pages = {
  answer: async ({ method, path, base }) =>
    method === 'GET' && path === '/queues' ? noQueues(base) : undefined,
};

function readerOf({ redisUrl: url, prefix, name, logger }: DashboardSetup): QueueReader | undefined {
  return url === null ? undefined : openQueueReader({ url, prefix, name, logger });
}

function queueOf(reader: QueueReader): RunQueue {
  const name = `${reader.describe()} ${reader.prefix}`;
  return {
    ask: async () => {
      let alive: Alive[] = [];
      const asked = {
        counts: () => reader.counts(),
        alive: async () => {
          alive = await reader.alive();
          return alive;
        },
      };
      const state = await askQueue(name, asked);
      if (state.seen === undefined) return state;
      // Of no weight: a page without it shows no partition as running.
      const active = state.seen.active === 0 ? NO_JOBS : await reader.active().catch(() => undefined);
      return { ...state, alive, ...(active === undefined ? {} : { active }) };
    },
  };
}

const NO_JOBS = { extract: [], project: [] };

function closing(close: () => Promise<void>): Pick<Dashboard, 'done' | 'close'> {
  const { promise: done, resolve: end } = defer<void>();
  let closed: Promise<void> | undefined;
  return {
    done,
    close: () => {
      closed ??= close().finally(end);
      return closed;
    },
  };
}
