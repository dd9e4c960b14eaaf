import { createRequire } from 'node:module';
import type { Logger } from '@verger/core';
import type Pino from 'pino';
import { humanLine } from './human-line.ts';
import { maskFields, maskSecrets } from './mask.ts';

/** The least severe level that is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * The one logger, with children that put their bindings (`{ runId, partition }`) into each of their lines.
 */
export interface RuntimeLogger extends Logger {
  child(bindings: object): RuntimeLogger;
}

/** How log lines are written. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** JSON lines as pino writes them, for servers; else one line of text a record, for a person. */
  readonly json: boolean;
  /** Takes whole lines with their line end. Default: stderr, written at once. */
  readonly destination?: { write(line: string): void };
}

const require = createRequire(import.meta.url);

const wrap = (inner: Pino.Logger): RuntimeLogger => ({
  debug: (fields, message) => inner.debug(fields, message),
  info: (fields, message) => inner.info(fields, message),
  warn: (fields, message) => inner.warn(fields, message),
  error: (fields, message) => inner.error(fields, message),
  child: (bindings) => wrap(inner.child(maskFields(bindings))),
});

/**
 * A logger. Whatever passes through it is masked (`maskSecrets`), message and fields alike; stacks are for
 * JSON lines only.
 */
export function createLogger(options: LoggerOptions): RuntimeLogger {
  // Loaded with the first logger: `--help` needs none, and pino takes as long to load as the command line.
  const { destination, pino } = require('pino') as typeof Pino;
  const sink = options.destination ?? destination({ fd: 2, sync: true });
  const target = options.json ? sink : { write: (line: string) => void sink.write(humanLine(line)) };
  return wrap(
    pino(
      {
        level: options.level,
        messageKey: 'message',
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (label) => ({ level: label }), log: (fields) => maskFields(fields) },
        hooks: {
          logMethod(args, method) {
            const [fields, message] = args as [object, string];
            method.call(this, fields as never, maskSecrets(message));
          },
        },
      },
      target,
    ),
  );
}
