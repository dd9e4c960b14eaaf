import type { VergerError } from '@verger/core';

/** How a service ends: well, or because it is of no use. */
export interface GaveUp {
  readonly done: Promise<void>;
  /** Why it is of no use, once it is. */
  readonly reason: VergerError | undefined;
  giveUp(error: VergerError): void;
  end(): void;
}

/** One end, which the first word decides; `done` may be looked at late. */
export function giveUpOnce(): GaveUp {
  let end = () => {};
  let reject: (error: VergerError) => void = () => {};
  const done = new Promise<void>((resolve, refuse) => {
    end = resolve;
    reject = refuse;
  });
  done.catch(() => {}); // whoever starts a service looks at it
  let reason: VergerError | undefined;
  return {
    done,
    get reason() {
      return reason;
    },
    giveUp: (error) => {
      reason ??= error;
      reject(error);
    },
    end,
  };
}
