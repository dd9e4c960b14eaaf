import { toWire } from './errors.ts';
import type { FromChild, ToChild } from './messages.ts';
import { watchForOrphaning } from './orphan-watch.ts';

/**
 * Sends, and waits until the message is with the kernel: a crash on the next request must not swallow this
 * answer.
 */
function post<Response>(message: FromChild<Response>): Promise<void> {
  return new Promise((resolve, reject) => {
    // `send` throws by itself when the message cannot be cloned; the callback reports a closed channel, which
    // ends us anyway.
    process.send?.(message, undefined, undefined, () => resolve()) ??
      reject(new Error('not a child of a pool'));
  });
}

/**
 * The life of a pool's child: call it once, from the module that `createPool` names. `init` runs once and
 * gives the function that answers requests, one at a time and in order. Anything thrown crosses to the caller
 * (`fromWire`). Ignores SIGINT, so that Ctrl-C is the parent's to decide; SIGTERM ends it as usual. When the
 * parent dies the child kills itself: at once when its event loop turns, within a second when it does not.
 */
export function serveChild<Init, Request, Response>(handlers: {
  init(init: Init): Promise<(request: Request) => Promise<Response>>;
}): void {
  const waiting: ToChild<Init, Request>[] = [];
  let working = false;
  let answer: ((request: Request) => Promise<Response>) | undefined;

  async function handle(message: ToChild<Init, Request>): Promise<void> {
    if (message.type === 'init') {
      try {
        answer = await handlers.init(message.init);
        await post({ type: 'ready' });
      } catch (error) {
        await post({ type: 'init-failed', error: toWire(error) });
      }
      return;
    }
    const { id, request } = message;
    try {
      if (answer === undefined) throw new Error('a request came before init');
      await post<Response>({ type: 'ok', id, response: await answer(request) });
    } catch (error) {
      await post({ type: 'error', id, error: toWire(error) });
    }
  }

  async function work(): Promise<void> {
    working = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await handle(next);
    working = false;
  }

  watchForOrphaning();
  process.on('SIGINT', () => {});
  // Not process.exit: that waits for busy native threads (a pbkdf2 in libuv's pool held it for 50 s), and an
  // endless decode is one.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (message) => {
    waiting.push(message as ToChild<Init, Request>);
    if (!working) void work();
  });
}
