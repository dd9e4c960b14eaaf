import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@verger/core';
import type { ConsumeOptions, QueueOptions, Role, RunRef } from '../types.ts';

const PATIENCE_MS = 60_000;

/** Waits until the condition holds; says what was waited for when it does not within a minute. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await pause(10);
  }
}

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function keepingLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const keep = (level: LoggedLine['level']) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

/** A prefix that no other test has. */
export function randomPrefix(): string {
  return `t${randomUUID().slice(0, 8)}`;
}

export function queueOptions(url: string, prefix: string, role: Role = 'coordinator'): QueueOptions {
  return { url, prefix, role, name: `test-${role}`, logger: keepingLogger() };
}

export const RUN: RunRef = { location: '/runs/r1', runId: 'r1', epoch: 1, priority: 'normal' };

export const FACTS = { host: 'here', pid: 1, cpu: 'test' } as const;

/** Consumer options with short periods, so that lost jobs are seen soon. */
export function workOptions(handle: ConsumeOptions['handle'], extract = 1): ConsumeOptions {
  const concurrency = { extract, project: 1 };
  return { kinds: 'work', concurrency, handle, alive: FACTS, lockMs: 1_000, stalledIntervalMs: 500 };
}

export function reduceOptions(handle: ConsumeOptions['handle']): ConsumeOptions {
  return {
    kinds: 'reduce',
    concurrency: { reduce: 1 },
    handle,
    alive: FACTS,
    lockMs: 1_000,
    stalledIntervalMs: 500,
  };
}
