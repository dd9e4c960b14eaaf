import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Block } from './block.ts';
import { type Line, span } from './line.ts';
import { FakeProcess, FakeScreen } from './testing/screen.ts';

const FRAME_MS = 125;

function opened(t: TestContext, texts: string[], { columns = 40, rows = 10, colours = false } = {}) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const screen = new FakeScreen(columns, rows);
  const process = new FakeProcess();
  const block = new Block(screen, { colours, process });
  const lines = texts;
  const frame = (): Line[] => lines.map((text) => [span(text, 'good')]);
  screen.write('before\r\n');
  block.open(frame);
  t.after(() => block.close({ keep: false }));
  const tick = () => t.mock.timers.tick(FRAME_MS);
  return { screen, process, block, lines, tick };
}

test('a frame is one write that holds only the lines that changed', (t) => {
  const { screen, lines, tick } = opened(t, ['one', 'two', 'three']);
  assert.deepEqual(screen.shown(), ['before', 'one', 'two', 'three']);
  lines[1] = '2';
  screen.writes.length = 0;
  tick();
  assert.equal(screen.writes.length, 1);
  assert.match(screen.writes[0] ?? '', /2/);
  assert.doesNotMatch(screen.writes[0] ?? '', /one|three/);
  assert.deepEqual(screen.shown(), ['before', 'one', '2', 'three']);
  tick();
  assert.equal(screen.writes.length, 1, 'nothing changed, so nothing is written');
});

test('it is drawn at most eight times a second, however much happens', (t) => {
  const { screen, block, lines } = opened(t, ['0']);
  screen.writes.length = 0;
  for (let ms = 1; ms <= 1000; ms += 1) {
    lines[0] = String(ms);
    block.open(() => lines.map((text) => [span(text)]));
    t.mock.timers.tick(1);
  }
  assert.equal(screen.writes.length, 8);
  assert.deepEqual(screen.shown(), ['before', '1000']);
});

test('lines come and go, and nothing of an older frame stays', (t) => {
  const { screen, lines, tick } = opened(t, ['a long first line', 'second']);
  lines.push('third');
  lines[0] = 'short';
  tick();
  assert.deepEqual(screen.shown(), ['before', 'short', 'second', 'third']);
  lines.length = 1;
  tick();
  assert.deepEqual(screen.shown(), ['before', 'short']);
  lines.length = 0;
  tick();
  assert.deepEqual(screen.shown(), ['before']);
});

test('a line never fills the last column, and the terminal is told not to wrap', (t) => {
  const { screen } = opened(t, ['x'.repeat(100), '漢'.repeat(100)], { columns: 20 });
  assert.deepEqual(screen.shown(), ['before', `${'x'.repeat(18)}…`, `${'漢'.repeat(9)}…`]);
  const frame = screen.writes.at(-1) ?? '';
  assert.deepEqual([frame.startsWith('\u001b[?7l'), frame.endsWith('\u001b[?7h')], [true, true]);
  assert.ok(screen.wraps);
});

test('notices stand above the block, in one write with it', (t) => {
  const { screen, block } = opened(t, ['one', 'two']);
  screen.writes.length = 0;
  block.above('a note\r\nof two lines\r\n');
  assert.equal(screen.writes.length, 1);
  assert.deepEqual(screen.shown(), ['before', 'a note', 'of two lines', 'one', 'two']);
});

test('what a person types, and Ctrl-C as it is echoed, does not move it', (t) => {
  const { screen, block, lines, tick } = opened(t, ['one', 'two']);
  screen.write('^C');
  lines[1] = 'zwei';
  tick();
  screen.write('^C');
  block.close({ keep: true });
  block.above('interrupted\r\n');
  assert.deepEqual(screen.shown(), ['before', 'one', 'zwei', 'interrupted']);
});

test('narrower, wider, lower: it is redrawn and leaves nothing behind', (t) => {
  const { screen, lines, tick } = opened(t, ['a'.repeat(30), 'b'.repeat(39), 'c']);
  screen.resize(20, 10);
  assert.deepEqual(screen.shown(), ['before', `${'a'.repeat(18)}…`, `${'b'.repeat(18)}…`, 'c']);
  screen.resize(60, 10);
  assert.deepEqual(screen.shown(), ['before', 'a'.repeat(30), 'b'.repeat(39), 'c']);
  lines[2] = 'd';
  tick();
  screen.resize(60, 4);
  assert.deepEqual(screen.shown(), ['before', 'a'.repeat(30), 'b'.repeat(39), 'd']);
});

test('a frame is told the size of now; a terminal that does not say has 80 columns and 24 rows', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const screen = new FakeScreen(0, 0);
  const block = new Block(screen, { colours: false, process: new FakeProcess() });
  const sizes: string[] = [];
  block.open(({ columns, rows }) => {
    sizes.push(`${columns}x${rows}`);
    return [];
  });
  screen.columns = 33;
  screen.rows = 5;
  screen.emit('resize');
  block.close({ keep: false });
  assert.deepEqual([sizes[0], sizes.at(-1)], ['80x24', '33x5']);
});

test('the cursor is hidden while it is open, and shown by close, exit and Ctrl-Z; no listener stays', (t) => {
  const { screen, process, block, lines, tick } = opened(t, ['one']);
  assert.ok(screen.isCursorHidden);
  process.emit('SIGTSTP');
  assert.ok(!screen.isCursorHidden);
  assert.deepEqual(process.killed, ['42 SIGSTOP']);
  screen.write('shell\r\n');
  process.emit('SIGCONT');
  assert.ok(screen.isCursorHidden);
  assert.deepEqual(screen.shown(), ['before', 'one', 'shell', 'one']);
  process.emit('exit');
  assert.ok(!screen.isCursorHidden);
  block.close({ keep: false });
  assert.deepEqual([screen.count, process.count, block.isOpen], [0, 0, false]);
  assert.deepEqual(screen.shown(), ['before', 'one', 'shell']);
  lines[0] = 'late';
  screen.writes.length = 0;
  tick();
  block.close({ keep: true });
  assert.deepEqual(screen.writes, [], 'a closed block writes nothing');
});

test('the last frame stays where it is asked for, with what came since the frame before', (t) => {
  const { screen, block, lines } = opened(t, ['one', 'two']);
  lines[1] = 'last';
  block.close({ keep: true });
  assert.deepEqual(screen.shown(), ['before', 'one', 'last']);
  assert.ok(!screen.isCursorHidden);
});

test('colours are written where they are wanted, and only then', (t) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such sequences
  const colour = /\u001b\[\d+m/;
  assert.match(opened(t, ['one'], { colours: true }).screen.writes.at(-1) ?? '', colour);
  t.mock.timers.reset();
  assert.doesNotMatch(opened(t, ['one']).screen.writes.at(-1) ?? '', colour);
});
