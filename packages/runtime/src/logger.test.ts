import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VergerError } from '@verger/core';
import fc from 'fast-check';
import { createLogger, type LogLevel } from './logger.ts';
import { maskSecrets } from './mask.ts';

function collect(json: boolean, level: LogLevel = 'debug') {
  const lines: string[] = [];
  const logger = createLogger({ level, json, destination: { write: (line) => void lines.push(line) } });
  return { lines, logger };
}

test('secrets in texts are masked, all else stays', () => {
  const cases = [
    ['redis://:hunter2@host:6379/0', 'redis://:***@host:6379/0'],
    ['rediss://user:hunter2@host', 'rediss://user:***@host'],
    ['redis://user:hun/ter2@host:6379/0', 'redis://***@host:6379/0'],
    ['rediss://:hun?te@r2@host', 'rediss://***@host'],
    ['redis://me:hunt@er2@host', 'redis://me:***@host'],
    ['see https://user:p%40ss@host/a?b=c and more', 'see https://user:***@host/a?b=c and more'],
    ['https://ghp_abcdef@host/x', 'https://***@host/x'],
    [
      'https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA1/x&X-Amz-Signature=abc123&partNumber=1',
      'https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Signature=***&partNumber=1',
    ],
    ['AWS_SECRET_ACCESS_KEY=abc/def+g AWS_REGION=eu', 'AWS_SECRET_ACCESS_KEY=*** AWS_REGION=eu'],
    ['{"password": "x y", "user": "ada"}', '{"password": "*** y", "user": "ada"}'],
    ['Authorization: Bearer abcdefghijk', 'Authorization: Bearer ***'],
    ['key AKIAIOSFODNN7EXAMPLE here', 'key AKIA*** here'],
    ['redis://host:6379 took 3:00 to answer a@b.c', 'redis://host:6379 took 3:00 to answer a@b.c'],
    ['apples/tokens/a@b.jpg and passwords.png', 'apples/tokens/a@b.jpg and passwords.png'],
    ['s3://bucket/key:with@signs.jpg', 's3://bucket/key:with@signs.jpg'],
  ] as const;
  for (const [text, masked] of cases) {
    assert.equal(maskSecrets(text), masked);
    assert.equal(maskSecrets(masked), masked, 'masking twice');
  }
});

test('no password of a URL gets through, wherever it stands', () => {
  const password = fc.stringMatching(/^[A-Za-z0-9%+=_-]{6,20}$/).map((text) => `s3cr3t${text}`);
  fc.assert(
    fc.property(
      password,
      fc.string(),
      fc.constantFrom('redis', 'https', 'postgresql+ssl'),
      (secret, around, scheme) => {
        const url = `${scheme}://ada:${secret}@host/0`;
        for (const json of [true, false]) {
          const { lines, logger } = collect(json);
          logger
            .child({ bound: url })
            .info({ url, deep: { list: [url] }, error: new Error(url) }, `${around} ${url}`);
          assert.equal(lines.length, 1);
          assert.ok(!lines[0]!.includes(secret), lines[0]);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('JSON lines: level, time, message, bindings of the children, fields', () => {
  const { lines, logger } = collect(true);
  const child = logger.child({ runId: 'r' }).child({ partition: 3 });
  child.warn({ code: 'E_STORAGE', bytes: 5n, password: 'x', token: undefined }, 'tried again');
  const { time, pid, hostname, ...record } = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(pid, process.pid);
  assert.ok(hostname);
  assert.deepEqual(record, {
    level: 'warn',
    message: 'tried again',
    runId: 'r',
    partition: 3,
    code: 'E_STORAGE',
    bytes: '5',
    password: '***',
  });
  assert.ok(lines[0]!.endsWith('}\n') && lines[0]!.indexOf('\n') === lines[0]!.length - 1);
});

test('JSON lines: an error is its code, place, cause and stack', () => {
  const { lines, logger } = collect(true);
  const cause = new TypeError('inner');
  logger.error({ error: new VergerError('E_STORAGE', { path: 'a' }, { detail: 'no', cause }) }, 'x');
  const { error } = JSON.parse(lines[0]!) as { error: Record<string, unknown> & { cause: { name: string } } };
  assert.equal(error['code'], 'E_STORAGE');
  assert.deepEqual(error['place'], { path: 'a' });
  assert.equal(error.cause.name, 'TypeError');
  assert.match(String(error['stack']), /logger\.test/);
});

test('what would never end or cannot be shown is cut', () => {
  const { lines, logger } = collect(true);
  const ring: { ring?: object } = {};
  ring.ring = ring;
  logger.info({ ring, bytes: new Float32Array(1280), url: new URL('redis://u:pw@h') }, 'x');
  const record = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.equal(record['bytes'], '<5120 bytes>');
  assert.equal(record['url'], 'redis://u:***@h');
});

test('lines for a person: time, level, message, fields; one line whatever is in them', () => {
  const { lines, logger } = collect(false);
  logger.child({ pool: 'images' }).warn({ pid: 7, path: 'a b', error: new Error('broken') }, 'child\ndied');
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d warn {2}child died {2}pool=images path="a b" error=broken\n$/);
  logger.info({ path: 'a\u007f\u0085\u2028', label: '\u202eb' }, 'x');
  assert.ok(lines[1]!.endsWith('path="a\\u007f\\u0085\\u2028" label="\\u202eb"\n'), lines[1]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (message, path) => {
      lines.length = 0;
      logger.info({ path }, message);
      assert.equal(lines.length, 1);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.match(lines[0]!, /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+\n$/);
    }),
  );
});

test('nothing below the level is written', () => {
  const { lines, logger } = collect(true, 'warn');
  logger.debug({}, 'a');
  logger.info({}, 'b');
  logger.warn({}, 'c');
  logger.error({}, 'd');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { message: string }).message),
    ['c', 'd'],
  );
  const silent = collect(true, 'silent');
  silent.logger.error({}, 'x');
  assert.deepEqual(silent.lines, []);
});
