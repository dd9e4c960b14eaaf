import { canonicalJson, defer, type EngineChoice, type Logger, VergerError } from '@verger/core';
import { type ChildInit, type Children, createChildren, createImagePool } from '@verger/stages';
import { startPreparer } from './prepare-apart.ts';
import { fetchNetwork, type WantedNetwork } from './weights.ts';

/** What the children of a worker may use. */
export interface ChildOptions extends EngineChoice {
  readonly processes: number;
  readonly childMemoryBytes: number;
  readonly imageCpuSeconds: number;
  /** Null where the user has none: a worker does not start without. */
  readonly cacheDir: string | null;
  readonly logger: Logger;
}

/** Children that are ready, with the weights of one fingerprint. */
export interface ReadyChildren {
  readonly children: Children;
  /** Digest of what makes features equal to the last bit; '' for children without weights. */
  readonly numericClass: string;
  /** These children are of no use any more: the next job starts others. */
  discard(): void;
}

/**
 * The one pool of a worker: its children load the weights of a run once, and keep them for all its jobs and
 * for other runs with the same.
 */
export interface ImagePools {
  /**
   * Runs `body` on children with these weights. Another run's weights wait until nobody uses the present
   * ones. Errors: E_WEIGHTS_…, E_CHILD_START.
   */
  use<T>(wanted: WantedNetwork, body: (ready: ReadyChildren) => Promise<T>): Promise<T>;
  /** How often weights were loaded into children. */
  readonly loads: number;
  close(): Promise<void>;
}

interface Loaded {
  readonly key: string;
  broken: boolean;
  readonly ready: Promise<Omit<ReadyChildren, 'discard'>>;
  users: number;
  close(): Promise<void>;
}

/**
 * Children that have been started, and what makes their network: both load their modules, a second that the
 * first job need not wait for.
 */
function startChildren(options: ChildOptions, { weights }: { weights: boolean }) {
  const { promise: init, resolve: begin } = defer<ChildInit>();
  const pool = createImagePool({ ...options, init });
  const preparer = weights ? startPreparer() : undefined;
  const started = pool.start();
  started.catch(() => {}); // thrown where it is awaited
  return {
    pool,
    /** Resolves when the children are ready for a run with these weights. */
    begin: async (wanted: WantedNetwork) => {
      const { cacheDir } = options;
      begin(
        preparer === undefined
          ? { network: null, fingerprint: wanted.fingerprint }
          : fetchNetwork(wanted, { cacheDir, preparer }).finally(() => preparer.close()),
      );
      await started;
    },
    close: async () => {
      preparer?.close();
      await pool.close();
    },
  };
}

/**
 * Children start at once, and begin with the weights of the first job. `weights: false`: they add up, fit and
 * finish, but extract nothing (a reducer's).
 */
export function createImagePools(options: ChildOptions, { weights }: { weights: boolean }): ImagePools {
  let spare: ReturnType<typeof startChildren> | undefined = startChildren(options, { weights });
  let current: Loaded | undefined;
  let waiting: (() => void)[] = [];
  let loads = 0;
  let closed = false;

  const load = (key: string, wanted: WantedNetwork, old: Loaded | undefined): Loaded => {
    let end = async () => {};
    const start = async (): Promise<Omit<ReadyChildren, 'discard'>> => {
      await old?.close();
      if (closed) throw new VergerError('E_INTERRUPTED');
      const starting = spare ?? startChildren(options, { weights });
      spare = undefined;
      end = starting.close;
      await starting.begin(wanted);
      loads += 1;
      if (weights) {
        const { weightsSha256, weightsKind } = wanted.fingerprint;
        options.logger.info({ weightsSha256, weightsKind, processes: options.processes }, 'weights loaded');
      }
      const children = createChildren(starting.pool, options.processes);
      return { children, numericClass: weights ? await children.call('numericClass', {}) : '' };
    };
    const ready = start();
    ready.catch(() => {}); // thrown where it is used
    return {
      key,
      broken: false,
      ready,
      users: 0,
      close: async () => {
        // First, too: weights that are still being fetched are waited for no longer.
        await end();
        await ready.catch(() => {});
        await end();
      },
    };
  };

  /**
   * The pool of these weights, with its caller as a user. Other weights wait until nobody uses the present
   * ones; who comes after them waits, too, or a busy run would keep another one's weights out for ever.
   */
  const take = async (key: string, wanted: WantedNetwork): Promise<Loaded> => {
    let queued = waiting.length > 0;
    const serves = () => current?.key === key && !current.broken;
    while (!closed && current !== undefined && current.users > 0 && (queued || !serves())) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      queued = false;
    }
    if (closed) throw new VergerError('E_INTERRUPTED');
    const old = current;
    if (!serves()) current = load(key, wanted, old);
    const taken = current as Loaded;
    taken.users += 1;
    return taken;
  };

  const leave = (pool: Loaded) => {
    pool.users -= 1;
    if (pool.users === 0) wakeAll();
  };

  const wakeAll = () => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };

  return {
    get loads() {
      return loads;
    },
    use: async (wanted, body) => {
      const key = canonicalJson(wanted.fingerprint);
      const pool = await take(key, wanted);
      const discard = () => {
        pool.broken = true;
      };
      try {
        const ready = await pool.ready.catch((error: unknown) => {
          discard();
          throw error;
        });
        return await body({ ...ready, discard });
      } finally {
        leave(pool);
      }
    },
    close: async () => {
      closed = true;
      wakeAll();
      await Promise.all([current?.close(), spare?.close()]);
      current = undefined;
    },
  };
}
