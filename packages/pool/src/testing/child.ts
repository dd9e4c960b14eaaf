import { pbkdf2, pbkdf2Sync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { VergerError } from '@verger/core';
import { serveChild } from '../serve.ts';

/** How a test child starts. `marker` is echoed by `state`. */
export interface TestInit {
  readonly marker: string;
  /** With `start`: not for the first child, which makes this file. */
  readonly once?: string;
  /** With `start`: only once this file is there. */
  readonly after?: string;
  readonly start?: 'throw' | 'throw-verger' | 'abort' | 'hang' | 'ignore-sigterm';
}

/** What a test child can be asked to do. `value` comes back unless something else happens first. */
export interface TestRequest {
  readonly value: unknown;
  readonly act?:
    | 'abort'
    | 'kill'
    | 'exit'
    | 'hang'
    | 'sleep'
    | 'eat'
    | 'keep'
    | 'throw'
    | 'throw-verger'
    | 'state'
    | 'environment'
    | 'unclonable'
    | 'busy'
    | 'print-and-kill'
    | 'sleep-once'
    | 'busy-thread'
    | 'native';
}

const eaten: Buffer[] = [];
let answered = 0;

/** True for the first process that asks with this file name. */
function isFirst(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function burn(cpuMs: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if ((user + system) / 1000 > cpuMs) return;
  }
}

async function act({ value, act }: TestRequest, marker: string): Promise<unknown> {
  if (act === 'abort') process.abort();
  if (act === 'print-and-kill') {
    process.stderr.write(`${'x'.repeat(10_000)}\nTypeError: last words\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  if (act === 'kill') process.kill(process.pid, 'SIGKILL');
  if (act === 'exit') process.exit(3);
  if (act === 'hang') for (;;);
  // One call of C++ on the main thread that takes minutes.
  if (act === 'native') pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512');
  if (act === 'busy') burn(Number(value));
  // Minutes in a thread of libuv's pool, as a decoder that does not end; `process.exit` would wait for it.
  if (act === 'busy-thread') pbkdf2('a', 'b', 2 ** 31 - 1, 64, 'sha512', () => {});
  if (act === 'sleep' || (act === 'sleep-once' && isFirst(String(value))))
    await new Promise(() => setInterval(() => {}, 1000));
  if (act === 'keep') eaten.push(Buffer.alloc(Number(value) * 2 ** 20, 1));
  while (act === 'eat') {
    eaten.push(Buffer.alloc(2 ** 24, 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (act === 'throw') throw Object.assign(new RangeError('out of range'), { code: 'E_OF_ITS_OWN' });
  if (act === 'throw-verger')
    throw new VergerError('E_IMG_DECODE', { path: 'a/b.jpg' }, { detail: 'at row 7' });
  if (act === 'unclonable') return () => {};
  if (act === 'environment') return { env: { ...process.env }, execArgv: process.execArgv };
  if (act === 'state') return { pid: process.pid, marker, answered };
  return value;
}

serveChild<TestInit, TestRequest, unknown>({
  async init({ marker, start, once, after }) {
    if (start !== undefined && once !== undefined && isFirst(once))
      return (request: TestRequest) => act(request, marker);
    while (after !== undefined && !existsSync(after)) await new Promise((resolve) => setTimeout(resolve, 5));
    if (start === 'throw') throw new Error('no start');
    if (start === 'throw-verger') throw new VergerError('E_WEIGHTS_CORRUPT', { location: '/weights.h5' });
    if (start === 'abort') process.abort();
    if (start === 'hang') await new Promise(() => setInterval(() => {}, 1000));
    if (start === 'ignore-sigterm') process.on('SIGTERM', () => {});
    return async (request) => {
      const response = await act(request, marker);
      answered += 1;
      return response;
    };
  },
});
