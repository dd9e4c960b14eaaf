import { defer, type VergerError } from '@verger/core';

/** How a service ends: well, or because it is of no use. */
export type GaveUp = ReturnType<typeof giveUpOnce>;

/** One end, which the first word decides; `done` may be looked at late. */
export function giveUpOnce() {
  const { promise: done, resolve: end, reject } = defer<void>();
  done.catch(() => {}); // whoever starts a service looks at it
  let reason: VergerError | undefined;
  return {
    done,
    /** Why it is of no use, once it is. */
    get reason() {
      return reason;
    },
    giveUp: (error: VergerError) => {
      reason ??= error;
      reject(error);
    },
    end,
  };
}
