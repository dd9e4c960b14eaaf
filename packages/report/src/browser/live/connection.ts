/** The stream of a run, for as long as the tab is seen. */
import { applied, type LiveMessage, type LiveState } from '../../data/live-data.ts';

/** What is told of the stream. */
export interface Followed {
  /** A new state. `isNew` is false when only the time has passed. */
  state(state: LiveState, isNew: boolean): void;
  /** `over`: nothing more is to come. */
  connection(state: 'connected' | 'lost' | 'over'): void;
}

/** Tabs of one browser that hold a stream: it gives a site six connections, and pages need some too. */
const MOST_STREAMS = 3;
/** After a refusal, such as too many readers. */
const AGAIN_MS = 10_000;
/** One that comes again and again is taken for lost after so long. */
const ONCE_LOST_MS = 25_000;

/** Follows the stream at an address while the tab is seen. Ends with the page. */
export async function follow(url: string, told: Followed): Promise<void> {
  const isHeld = await holdsStream();
  let state: LiveState | undefined;
  let source: EventSource | undefined;
  let lastId = '';
  let isOver = false;
  let lost: ReturnType<typeof setTimeout> | undefined;
  const address = () => {
    const query = new URLSearchParams({
      ...(isHeld ? {} : { once: '' }),
      ...(lastId === '' ? {} : { last: lastId }),
    });
    return `${url}${url.includes('?') ? '&' : '?'}${query}`;
  };
  const take = (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as LiveMessage;
    const next = applied(state, message);
    lastId = event.lastEventId;
    clearTimeout(lost);
    lost = undefined;
    if (next === undefined) return;
    const isNew = message.facts !== undefined || message.rows !== undefined;
    state = next;
    told.connection('connected');
    told.state(next, isNew);
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  const open = () => {
    if (source !== undefined || isOver || document.hidden) return;
    const opened = new EventSource(address());
    source = opened;
    opened.addEventListener('message', take);
    opened.addEventListener('over', () => {
      isOver = true;
      close();
      told.connection('over');
    });
    opened.addEventListener('error', () => {
      if (isHeld) told.connection('lost');
      else lost ??= setTimeout(() => told.connection('lost'), ONCE_LOST_MS);
      if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
      close();
      setTimeout(open, AGAIN_MS);
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close();
    else open();
  });
  open();
}

/** True for one of the few tabs that may hold a stream; it does until it is closed. */
async function holdsStream(): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  for (let at = 0; at < MOST_STREAMS; at += 1) {
    const got = await new Promise<boolean>((resolve) => {
      navigator.locks
        .request(`verger-stream-${at}`, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          // Held as long as the page lives.
          return lock === null ? undefined : new Promise<void>(() => {});
        })
        .catch(() => resolve(false));
    });
    if (got) return true;
  }
  return false;
}
