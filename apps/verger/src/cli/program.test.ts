import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programName } from '../print/program-name.ts';
import { COMMANDS as TABLE } from './command-table.ts';
import { buildProgram, type Invocation, usageError } from './program.ts';

const COMMANDS = [...TABLE.map(({ name }) => name), 'completion'];

function parse(argv: readonly string[]): { asked?: Invocation; printed: string; error?: unknown } {
  let asked: Invocation | undefined;
  let printed = '';
  const program = buildProgram('9.8.7', (invocation) => {
    asked = invocation;
  });
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: (text) => (printed += text), writeErr: () => {} });
  }
  try {
    program.parse(argv, { from: 'user' });
    return asked === undefined ? { printed } : { asked, printed };
  } catch (error) {
    return { printed, error };
  }
}

test('every command is listed, and its help shows examples that can be typed', () => {
  const { printed } = parse(['--help']);
  for (const name of COMMANDS) {
    assert.match(printed, new RegExp(`^  ${name} `, 'm'));
    const help = parse([name, '--help']);
    assert.match(help.printed, new RegExp(`^  \\$ ([A-Z_]+=\\S+ )?${programName()} ${name}`, 'm'), name);
    assert.equal(usageError(help.error), undefined, 'help is no fault');
  }
  assert.match(printed, /Exit codes: 0 success/);
});

test('every command can be loaded', async () => {
  for (const { name, arguments: taken = [], verbs } of TABLE) {
    const { asked } = parse([
      name,
      ...taken.map((_, at) => (at === 0 ? verbs?.[0] : undefined) ?? 'somewhere'),
    ]);
    assert.equal(typeof (await asked?.load()), 'function', name);
  }
  assert.equal(typeof (await parse(['completion', 'bash']).asked?.load()), 'function');
});

test('the help of a command says of an option what it means there', () => {
  const helpOf = (name: string) => parse([name, '--help']).printed.replace(/\s+/g, ' ');
  for (const name of ['worker', 'reducer']) {
    assert.match(helpOf(name), /whose jobs this process takes \(default: none, required; VERGER_REDIS_URL/);
    assert.doesNotMatch(helpOf(name), /this machine does the work/);
  }
  assert.match(helpOf('reducer'), /number of child processes that merge sums, fit and finish \(/);
  assert.match(helpOf('worker'), /number of child processes that decode images and compute/);
  assert.match(helpOf('run'), /\(default: none: this machine does the work; VERGER_REDIS_URL\)/);
  assert.match(helpOf('status'), /\(default: none: workers are not shown; VERGER_REDIS_URL\)/);
});

test('flags come as they were written, lists collected, and only those that were given', () => {
  const { asked } = parse(['run', 'in', '--glob', '*.jpg', '--glob', '*.png', '--variance', '0.9', '--json']);
  assert.deepEqual(asked?.args, ['in']);
  assert.deepEqual(asked?.flags, { glob: ['*.jpg', '*.png'], variance: '0.9' });
  assert.equal(asked?.json, true);
});

test('a fault of the command line is E_USAGE and says what was meant', () => {
  const cases: [string[], RegExp][] = [
    [['run'], /Missing required argument 'images'\.\n {2}usage: \S*verger run \[options\] <images>/],
    [['rnu', 'in'], /Unknown command 'rnu'[\s\S]*run/],
    [['run', 'in', '--varianze', '1'], /Unknown option '--varianze'[\s\S]*--variance/],
    [['head', 'r', '-n', '0'], /whole number/],
    [['run', 'a', 'b'], /Too many arguments/],
    [['run', 'a', '--recompute', '3'], /Unknown option '--recompute'[\s\S]*It is an option of verify\./],
    [['run', 'a', '--group', 'g'], /Unknown option '--group'[\s\S]*It is an option of autoscaler\./],
    [['status', 'r', '--csv'], /It is an option of run, plan, resume, refit, transform\./],
  ];
  for (const [argv, said] of cases) {
    const fault = usageError(parse(argv).error);
    assert.equal(fault?.code, 'E_USAGE', argv.join(' '));
    assert.match(fault?.message ?? '', said);
  }
});
