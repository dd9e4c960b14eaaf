import type { Server } from 'node:http';
import { keepingLogger } from '@verger/testkit/queue-harness';
import { closeServer, listen } from '../http/listen.ts';
import type { PageRequest, Pages } from '../http/page.ts';
import { createDashboardServer, type ServerOptions } from '../http/server.ts';

/** The password of servers in tests. */
export const PASSWORD = 'correct horse';

/** A server of the tests' process, and what it was asked. */
export interface TestServer {
  readonly origin: string;
  readonly server: Server;
  readonly clock: { nowMs: number };
  readonly log: ReturnType<typeof keepingLogger>;
  /** Requests that reached the pages. */
  readonly asked: PageRequest[];
}

/** Runs `work` with a server whose pages answer `/runs`, `/act` (POST) and `/broken`. */
export async function withServer(
  options: Partial<Pick<ServerOptions, 'base' | 'password' | 'pages'>>,
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const clock = { nowMs: 0 };
  const log = keepingLogger();
  const asked: PageRequest[] = [];
  const server = createDashboardServer({
    ...{ base: '', password: PASSWORD, start: '/runs', logger: log },
    pages: [samplePages(asked)],
    clock: { monotonicMs: () => clock.nowMs },
    ...options,
  });
  const origin = await listen(server, { host: '127.0.0.1', port: 0 });
  try {
    await work({ origin, server, clock, log, asked });
  } finally {
    await closeServer(server);
  }
}

function samplePages(asked: PageRequest[]): Pages {
  return {
    async answer(request) {
      asked.push(request);
      const { method, path } = request;
      if (path === '/broken') throw new Error('redis://user:hunter2@host is gone');
      const known = method === 'POST' ? ['/act'] : ['/runs', '/assets/style.css', '/assets/refresh.js'];
      if (!known.includes(path)) return undefined;
      return { status: 200, type: 'text/html; charset=utf-8', body: `this is ${path}` };
    },
  };
}
