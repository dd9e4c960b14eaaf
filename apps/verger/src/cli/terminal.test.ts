import assert from 'node:assert/strict';
import { test } from 'node:test';
import { span } from '../print/block/line.ts';
import { FakeScreen } from '../print/block/testing/screen.ts';
import { openTerminal } from './terminal.ts';

/** Streams of a terminal, or of pipes. */
function streamsOf(isTTY: boolean, columns = 40) {
  const stream = () => Object.assign(new FakeScreen(columns, 24), { isTTY });
  return { stdin: { isTTY }, stdout: stream(), stderr: stream() };
}

test('there is a block on a terminal; none on a dumb one, in a pipe, or among the lines of VERGER_DEBUG', () => {
  const hasBlock = (isTTY: boolean, env = {}) =>
    openTerminal(env, { json: false, streams: streamsOf(isTTY) }).block !== undefined;
  assert.deepEqual([hasBlock(true), hasBlock(true, { TERM: 'xterm' })], [true, true]);
  assert.deepEqual(
    [hasBlock(false), hasBlock(true, { TERM: 'dumb' }), hasBlock(true, { VERGER_DEBUG: '1' })],
    [false, false, false],
  );
});

test('NO_COLOR turns colours off, unless it is empty', () => {
  const isColoured = (env: Record<string, string>) => {
    const streams = streamsOf(true);
    const { block } = openTerminal(env, { json: false, streams });
    block?.open(() => [[span('good', 'good')]]);
    block?.close({ keep: true });
    return streams.stderr.writes.some((text) => text.includes('\u001b[32m'));
  };
  assert.deepEqual(
    [isColoured({}), isColoured({ NO_COLOR: '' }), isColoured({ NO_COLOR: '1' })],
    [true, true, false],
  );
});

test('notices go above an open block, as wide as the terminal is now', () => {
  const streams = streamsOf(true, 40);
  const out = openTerminal({}, { json: false, streams });
  out.block?.open(() => [[span('the block')]]);
  out.note('a notice that is as long as forty columns');
  streams.stdout.columns = 80;
  streams.stderr.resize(80, 24);
  out.note('a notice that is as long as forty columns');
  assert.equal(out.columns, 80);
  out.block?.close({ keep: true });
  assert.deepEqual(streams.stderr.shown(), [
    'a notice that is as long as forty',
    'columns',
    'a notice that is as long as forty columns',
    'the block',
  ]);
});

test('a pipe gets whole lines and no sequences', () => {
  const streams = streamsOf(false, 0);
  const out = openTerminal({}, { json: false, streams });
  const line = 'word '.repeat(50).trim();
  out.note(line);
  out.print(line);
  assert.deepEqual([streams.stderr.writes, streams.stdout.writes], [[`${line}\n`], [`${line}\n`]]);
  assert.equal(out.tableColumns, Number.POSITIVE_INFINITY);
});
