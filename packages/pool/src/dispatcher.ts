import type { Deferred } from './defer.ts';
import type { Entry } from './entry.ts';
import { PoolError } from './errors.ts';
import { type HeldLease, holdLease, type Lease } from './lease.ts';
import type { PoolLimits } from './limits.ts';
import type { Seat, Verdict } from './slot.ts';

/** What stands in the queue. */
export type Ticket<Request, Response> =
  | { readonly kind: 'request'; readonly entry: Entry<Request, Response> }
  | { readonly kind: 'lease'; readonly waiter: Deferred<Lease<Request, Response>> };

/** Why a slot is not open to everybody: it drains for a ticket, or serves it. */
interface Claim<Request, Response> {
  readonly ticket: Ticket<Request, Response>;
  begun: boolean;
  lease: HeldLease<Request, Response> | undefined;
}

/** The queue of a pool and who gets what from it: first come, first served, by the least busy child. */
export class Dispatcher<Request, Response> {
  readonly #slots: readonly Seat<Request, Response>[];
  readonly #window: number;
  readonly #base: PoolLimits;
  readonly #claims = new Map<Seat<Request, Response>, Claim<Request, Response>>();
  readonly #queue: Ticket<Request, Response>[] = [];

  constructor(
    slots: readonly Seat<Request, Response>[],
    options: { readonly window: number; readonly limits: PoolLimits },
  ) {
    this.#slots = slots;
    this.#window = options.window;
    this.#base = options.limits;
  }

  add(ticket: Ticket<Request, Response>): void {
    this.#queue.push(ticket);
    this.dispatch();
  }

  /** Takes a request out that nobody waits for any more. */
  forget(entry: Entry<Request, Response>): void {
    const at = this.#queue.findIndex((ticket) => ticket.kind === 'request' && ticket.entry === entry);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /** Gives out the queue's head as long as some child may take it. Call it whenever a child has room again. */
  dispatch(): void {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const exclusive = head.kind === 'lease' || head.entry.alone;
      const free = this.#leastBusy(exclusive ? Number.POSITIVE_INFINITY : this.#window);
      if (free === undefined) return;
      this.#queue.shift();
      if (head.kind === 'request' && !exclusive) free.give(head.entry);
      else this.#claims.set(free, { ticket: head, begun: false, lease: undefined });
      this.#serveClaim(free);
    }
  }

  /** A child has answered, so it has room. */
  answered(slot: Seat<Request, Response>): void {
    this.#serveClaim(slot);
    this.dispatch();
  }

  /** Answers the blamed request; puts the innocent ones, and what the slot drained for, back at the head of the queue. */
  died(slot: Seat<Request, Response>, verdict: Verdict<Request, Response>): void {
    const { blamed, innocent, reason, seen, death } = verdict;
    const error = blamed?.error ?? new PoolError(reason, seen, death.output);
    const claim = this.#claims.get(slot);
    this.#claims.delete(slot);
    claim?.lease?.break(error);
    blamed?.entry.reject(error);
    const back: Ticket<Request, Response>[] = [];
    for (const entry of innocent) {
      if (entry.pinned) entry.reject(error);
      else if (!entry.settled()) back.push({ kind: 'request', entry });
    }
    if (claim?.begun === false) back.push(claim.ticket);
    this.#queue.unshift(...back);
  }

  /** Rejects all that is not answered: in the queue, in leases, and in the children's windows. */
  rejectAll(error: Error): void {
    const claimed = [...this.#claims.values()];
    this.#claims.clear();
    for (const { lease } of claimed) lease?.break(error);
    const undone = claimed.filter(({ begun }) => !begun).map(({ ticket }) => ticket);
    for (const ticket of [...this.#queue.splice(0), ...undone]) {
      if (ticket.kind === 'request') ticket.entry.reject(error);
      else ticket.waiter.reject(error);
    }
    for (const { window } of this.#slots) for (const entry of window) entry.reject(error);
  }

  #leastBusy(below: number): Seat<Request, Response> | undefined {
    let best: Seat<Request, Response> | undefined;
    for (const slot of this.#slots)
      if (slot.open && !this.#claims.has(slot) && slot.window.length < (best?.window.length ?? below))
        best = slot;
    return best;
  }

  /** Begins a claim once its slot is empty; ends that of a request once the slot is empty again. */
  #serveClaim(slot: Seat<Request, Response>): void {
    const claim = this.#claims.get(slot);
    claim?.lease?.pump();
    if (claim === undefined || claim.lease !== undefined || slot.window.length > 0) return;
    const { ticket } = claim;
    if (ticket.kind === 'lease') {
      claim.begun = true;
      claim.lease = holdLease(slot, {
        window: this.#window,
        base: this.#base,
        freed: () => {
          this.#claims.delete(slot);
          this.dispatch();
        },
      });
      ticket.waiter.resolve(claim.lease);
      return;
    }
    if (!claim.begun && !ticket.entry.settled()) slot.give(ticket.entry);
    claim.begun = true;
    // Empty again: answered, given up by its caller meanwhile, or not possible to clone.
    if (slot.window.length === 0) this.#claims.delete(slot);
  }
}
