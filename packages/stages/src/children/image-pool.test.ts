import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import { type ProcessRef, processTree, until } from '@verger/testkit/processes';
import { SILENT } from '@verger/testkit/run-harness';
import type { ChildInit } from '../child/protocol.ts';
import { CHILD_ENVIRONMENT, createImagePool } from './image-pool.ts';

/** The loader of glibc 2.36 cuts the value of GLIBC_TUNABLES in place while it reads it. */
const proc = (pid: number, file: string) =>
  readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0glibc.', ':glibc.').split('\0');

/** Once it has become the program that it runs, and not a copy of this one. */
function isChild({ pid }: ProcessRef): boolean {
  try {
    return proc(pid, 'cmdline').some((word) => word.includes('child/main'));
  } catch {
    return false; // gone meanwhile
  }
}

test('a child has the environment of children, whatever that of its parent', {
  skip: existsSync('/proc/self/environ') ? false : 'needs /proc',
}, async (t) => {
  const before = process.env['VERGER_REDIS_URL'];
  process.env['VERGER_REDIS_URL'] = 'redis://:secret@localhost';
  t.after(() => {
    if (before === undefined) delete process.env['VERGER_REDIS_URL'];
    else process.env['VERGER_REDIS_URL'] = before;
  });
  let fail: (error: Error) => void = () => {};
  const init = new Promise<ChildInit>((_, reject) => {
    fail = reject;
  });
  const pool = createImagePool({
    ...{ init, processes: 1, engine: 'onnxruntime', tfjsNode: null, logger: SILENT },
    ...{ childMemoryBytes: 2 ** 30, imageCpuSeconds: 60 },
  });
  const starting = pool.start();
  try {
    let child: ProcessRef | undefined;
    await until('a child of the pool', () => {
      child = processTree(process.pid).slice(1).find(isChild);
      return child !== undefined;
    });
    const environment = proc(child?.pid ?? 0, 'environ').filter((line) => !/^(NODE_CHANNEL|$)/.test(line));
    const expected = Object.entries(CHILD_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
    assert.deepEqual(environment.sort(), expected.sort());
  } finally {
    fail(new VergerError('E_INTERRUPTED'));
    await assert.rejects(starting, { code: 'E_INTERRUPTED' });
    await pool.close();
  }
});
