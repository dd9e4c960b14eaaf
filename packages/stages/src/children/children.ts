import { VergerError } from '@verger/core';
import { type Pool, PoolError } from '@verger/pool';
import type { ChildCalls, ChildKind, ChildRequest, ChildResponse } from '../child/protocol.ts';

type Call = <K extends ChildKind>(
  kind: K,
  request: ChildCalls[K]['request'],
  options?: { alone?: boolean; signal?: AbortSignal },
) => Promise<ChildCalls[K]['response']>;

/** The pool of children, typed by kind of request. */
export interface Children {
  readonly processes: number;
  readonly call: Call;
}

/** CPU time of requests that work on a whole partition, or on all of them: far above any real one. */
const PARTITION_LIMITS = { cpuMs: 600_000, wallMs: 1_800_000 };
/** Of a few images that are only to be shrunk: a hostile one costs its picture, and not much time. */
const THUMBNAIL_LIMITS = { cpuMs: 15_000, wallMs: 45_000 };

/** Kinds of requests in which an image may be at fault, not the child. */
const IMAGE_KINDS: readonly ChildKind[] = ['images', 'measure', 'thumbnails'];

function limitsOf(kind: ChildKind) {
  if (kind === 'images' || kind === 'measure') return {};
  return { limits: kind === 'thumbnails' ? THUMBNAIL_LIMITS : PARTITION_LIMITS };
}

const caller = (pool: Pool<ChildRequest, ChildResponse>): Call =>
  async function call<K extends ChildKind>(
    kind: K,
    request: ChildCalls[K]['request'],
    options: { alone?: boolean; signal?: AbortSignal } = {},
  ) {
    const message = { kind, ...request } as unknown as ChildRequest;
    try {
      const response = await pool.run(message, { ...options, ...limitsOf(kind) });
      // A child answers a kind with that kind's response: createAnswer is the other side.
      return response as ChildCalls[K]['response'];
    } catch (error) {
      // Images take the blame for what they did to its child; a partition is tried again.
      if (IMAGE_KINDS.includes(kind) || !(error instanceof PoolError)) throw error;
      throw new VergerError('E_CHILD_DIED', {}, { detail: `${kind}: ${error.message}`, cause: error });
    }
  };

/** Typed calls on a pool of children. */
export function createChildren(pool: Pool<ChildRequest, ChildResponse>, processes: number): Children {
  return { processes, call: caller(pool) };
}
