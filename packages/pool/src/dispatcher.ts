import type { Entry } from './entry.ts';
import type { Seat, Verdict } from './slot.ts';

/** Why a slot is not open to everybody: it drains for a request that wants to be alone, or works on it. */
interface Claim<Request, Response> {
  readonly entry: Entry<Request, Response>;
  begun: boolean;
}

/** The queue of a pool and who gets what from it: first come, first served, by the least busy child. */
export class Dispatcher<Request, Response> {
  readonly #slots: readonly Seat<Request, Response>[];
  readonly #window: number;
  readonly #claims = new Map<Seat<Request, Response>, Claim<Request, Response>>();
  readonly #queue: Entry<Request, Response>[] = [];

  constructor(slots: readonly Seat<Request, Response>[], options: { readonly window: number }) {
    this.#slots = slots;
    this.#window = options.window;
  }

  add(entry: Entry<Request, Response>): void {
    this.#queue.push(entry);
    this.dispatch();
  }

  /** Takes a request out that nobody waits for any more. */
  forget(entry: Entry<Request, Response>): void {
    const at = this.#queue.indexOf(entry);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  /**
   * Gives out the queue's head as long as some child may take it. Call it whenever a child has room again.
   */
  dispatch(): void {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const free = this.#leastBusy(head.alone ? Number.POSITIVE_INFINITY : this.#window);
      if (free === undefined) return;
      this.#queue.shift();
      if (head.alone) this.#claims.set(free, { entry: head, begun: false });
      else free.give(head);
      this.#serveClaim(free);
    }
  }

  /** A child has answered, so it has room. */
  answered(slot: Seat<Request, Response>): void {
    this.#serveClaim(slot);
    this.dispatch();
  }

  /**
   * Answers the blamed request; puts the others, and what the slot drained for, back at the head of the
   * queue.
   */
  died(slot: Seat<Request, Response>, { blamed, requeue }: Verdict<Request, Response>): void {
    const claim = this.#claims.get(slot);
    this.#claims.delete(slot);
    blamed?.entry.reject(blamed.error);
    const back = requeue.filter((entry) => !entry.settled());
    if (claim?.begun === false) back.push(claim.entry);
    this.#queue.unshift(...back);
  }

  /** Rejects all that is not answered: in the queue, and in the children's windows. */
  rejectAll(error: Error): void {
    const undone = [...this.#claims.values()].filter(({ begun }) => !begun).map(({ entry }) => entry);
    this.#claims.clear();
    for (const entry of [...this.#queue.splice(0), ...undone]) entry.reject(error);
    for (const { window } of this.#slots) for (const entry of window) entry.reject(error);
  }

  #leastBusy(below: number): Seat<Request, Response> | undefined {
    let best: Seat<Request, Response> | undefined;
    for (const slot of this.#slots)
      if (slot.open && !this.#claims.has(slot) && slot.window.length < (best?.window.length ?? below))
        best = slot;
    return best;
  }

  /** Begins a claim once its slot is empty, and ends it once the slot is empty again. */
  #serveClaim(slot: Seat<Request, Response>): void {
    const claim = this.#claims.get(slot);
    if (claim === undefined || slot.window.length > 0) return;
    if (!claim.begun && !claim.entry.settled()) slot.give(claim.entry);
    claim.begun = true;
    // Empty again: answered, given up by its caller meanwhile, or not possible to clone.
    if (slot.window.length === 0) this.#claims.delete(slot);
  }
}
