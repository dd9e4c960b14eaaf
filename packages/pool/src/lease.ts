import { VergerError } from '@verger/core';
import { type Entry, makeEntry, type RunOptions } from './entry.ts';
import type { PoolLimits } from './limits.ts';
import type { Seat } from './slot.ts';

/** One child, reserved: for work that keeps something in the child between requests. */
export interface Lease<Request, Response> {
  /** As the pool's `run`, in order and on this child. Once the child has died, every request is rejected: what it kept is lost. */
  run(request: Request, options?: Omit<RunOptions, 'alone'>): Promise<Response>;
  /** Gives the child back once the requests made so far are answered. Idempotent. */
  release(): void;
}

/** A lease and the pool's side of it. */
export interface HeldLease<Request, Response> extends Lease<Request, Response> {
  /** Sends what fits into the window, and gives the slot back when that is due. */
  pump(): void;
  /** Rejects all that is not answered, now and later. */
  break(error: Error): void;
}

/** Reserves a slot. `freed` is called once, when the slot is the pool's again. */
export function holdLease<Request, Response>(
  slot: Seat<Request, Response>,
  { window, base, freed }: { window: number; base: PoolLimits; freed: () => void },
): HeldLease<Request, Response> {
  const pending: Entry<Request, Response>[] = [];
  let broken: Error | undefined;
  let released = false;
  let over = false;
  const pump = () => {
    while (slot.open && slot.window.length < window) {
      const entry = pending.shift();
      if (entry === undefined) break;
      if (!entry.settled()) slot.give(entry);
    }
    if (released && !over && pending.length === 0 && slot.window.length === 0) {
      over = true;
      freed();
    }
  };
  return {
    pump,
    break(error) {
      if (over) return;
      broken = error;
      over = true;
      for (const entry of pending.splice(0)) entry.reject(error);
    },
    run(request, options = {}) {
      if (broken !== undefined) return Promise.reject(broken);
      if (released)
        return Promise.reject(new VergerError('E_INTERNAL', {}, { detail: 'the lease was released' }));
      const { entry, answer } = makeEntry<Request, Response>(
        request,
        { ...options, pinned: true, base },
        () => {},
      );
      if (!entry.settled()) pending.push(entry);
      pump();
      return answer;
    },
    release() {
      released = true;
      if (broken === undefined) pump();
    },
  };
}
