import { createServer, type Server } from 'node:http';
import { VergerError } from '@verger/core';
import type { Registry } from 'prom-client';

/** What a process says of itself over HTTP. */
export interface HealthSources {
  /** Undefined when it is well; else why a supervisor should restart it. */
  sick(): string | undefined;
  /** Undefined when it takes jobs; else why not. */
  busy(): string | undefined;
  readonly registry: Registry;
}

/** The HTTP server of /healthz, /readyz and /metrics. */
export interface HealthServer {
  /** `http://127.0.0.1:9464` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/healthz`, `/readyz` (200 or 503 with the reason) and `/metrics`. GET only, no input is read.
 * Errors: E_CONFIG.
 */
export async function serveHealth(
  { host, port }: { host: string; port: number },
  sources: HealthSources,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const end = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : `${body}\n`);
    };
    const verdict = (reason: string | undefined) => end(reason === undefined ? 200 : 503, reason ?? 'ok');
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, 'GET only');
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return verdict(sources.sick());
      case '/readyz':
        return verdict(sources.sick() ?? sources.busy());
      case '/metrics':
        sources.registry.metrics().then(
          (text) => end(200, text.trimEnd(), sources.registry.contentType),
          (error: unknown) => end(500, String(error)),
        );
        return undefined;
      default:
        return end(404, 'Use /healthz, /readyz or /metrics.');
    }
  });
  server.requestTimeout = 10_000;
  await listen(server, host, port);
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error) => reject(cannotListen(error, `${host}:${port}`));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

/** Why an address cannot be listened on, as what is wrong with `--health`. */
function cannotListen(cause: NodeJS.ErrnoException, address: string): VergerError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there: choose another port, or 0 for any that is free',
    EACCES: 'this user may not listen there: choose a port above 1023',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'there is no such host',
  };
  const detail = `\n  health: ${address}: ${why[cause.code ?? ''] ?? cause.message}`;
  return new VergerError('E_CONFIG', { option: '--health' }, { detail, cause });
}
