import type { Server } from 'node:http';
import { VergerError } from '@verger/core';

/** Splits `host:port`. Errors: E_CONFIG for a port beyond 65535. */
export function readListen(text: string): { readonly host: string; readonly port: number } {
  const mark = text.lastIndexOf(':');
  const port = Number(text.slice(mark + 1));
  if (port > 65_535) throw refused(text, `there is no port ${port}`);
  return { host: text.slice(0, mark).replace(/^\[|\]$/g, ''), port };
}

/** Listens, and gives the URL without a path. Errors: E_CONFIG, what is wrong with `--listen`. */
export async function listen(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(refused(`${host}:${port}`, WHY[error.code ?? ''] ?? error.message, error));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/** E_CONFIG, of the option `--listen`. */
export function refused(address: string, why: string, cause?: unknown): VergerError {
  return new VergerError(
    'E_CONFIG',
    { option: '--listen' },
    { detail: `\n  listen: ${address}: ${why}`, cause },
  );
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there: choose another port, or 0 for any that is free',
  EACCES: 'this user may not listen there: choose a port above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'there is no such host',
};

/** Ends all connections. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
