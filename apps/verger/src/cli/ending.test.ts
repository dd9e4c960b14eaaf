import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode, VergerError } from '@verger/core';
import { asCalled, programName } from '../print/program-name.ts';
import { type Ending, interruptText, reportEnding } from './ending.ts';

const REDIS = 'redis://verger:hunter2@queue.example:6379/0';

function ended(thrown: unknown, how: Partial<Ending> = {}) {
  const printed: string[] = [];
  const notes: string[] = [];
  const out = {
    print: (text: string) => void printed.push(text),
    note: (text: string) => void notes.push(text),
  };
  const exit = reportEnding(thrown, { argv: [], json: false, debug: false, aborted: false, ...how, out });
  return { exit, printed: printed.join('\n'), notes: notes.join('\n') };
}

test('Ctrl-C says what stops: of a run that is only watched, the watching', () => {
  assert.match(interruptText({ command: 'status', flags: { watch: true } }), /^the run goes on;/);
  for (const other of [undefined, { command: 'status', flags: {} }, { command: 'run', flags: {} }]) {
    assert.match(interruptText(other), /^interrupted: stopping; press Ctrl-C again/);
  }
});

test('the command that was interrupted is repeated, without the password of its Redis', () => {
  const argv = ['run', 'my images', '--redis', REDIS, `--redis=${REDIS}`];
  const { exit, notes } = ended(new Error('closed'), { argv, aborted: true });
  assert.equal(exit, 130);
  const masked = 'redis://verger:***@queue.example:6379/0';
  const command = `${programName()} run 'my images' --redis '${masked}' '--redis=${masked}'`;
  assert.ok(notes.endsWith(`\n  the command: ${command}`), notes);
});

test('a password with a quote in it is not shown either, and other words stay', () => {
  const argv = ['run', 's3://bucket/a:b@c', '--redis', "redis://verger:hun'ter@2@queue"];
  const { notes } = ended(new Error('closed'), { argv, aborted: true });
  assert.ok(
    notes.endsWith(`: ${programName()} run s3://bucket/a:b@c --redis 'redis://verger:***@queue'`),
    notes,
  );
});

test('of a URL whose password was not encoded nothing before the last @ is shown', () => {
  for (const password of ["hun/ter'2", 'hunt?er@2', 'hun#ter2', '12/hunter2?x', 'hun"t/er2']) {
    const argv = ['run', 'photos', '--redis', `redis://me:${password}@queue/0`];
    const { notes } = ended(new Error('closed'), { argv, aborted: true });
    assert.ok(notes.endsWith(`: ${programName()} run photos --redis 'redis://***@queue/0'`), notes);
  }
});

test('no password is in what is printed of an error: its message, its place, its stack', () => {
  const error = new VergerError('E_REDIS_UNREACHABLE', { location: REDIS }, { detail: `${REDIS} is away.` });
  const { printed, notes } = ended(error, { json: true, debug: true });
  assert.doesNotMatch(`${printed}${notes}`, /hunter2/);
  assert.match(notes, /\n {2}where: redis:\/\/verger:\*\*\*@queue/);
  assert.match(notes, /\n {4}at /, 'the stack');
  const shown = JSON.parse(printed) as { error: { code: string; place: { location: string } } };
  assert.equal(shown.error.code, 'E_REDIS_UNREACHABLE');
  assert.equal(shown.error.place.location, 'redis://verger:***@queue.example:6379/0');
});

test('after a signal a run that goes on at its workers says so; everything else was interrupted', () => {
  const detached = ended(new VergerError('E_DETACHED', { location: '/results/run' }), { aborted: true });
  assert.equal(detached.exit, 130);
  assert.match(detached.notes, /^E_DETACHED: .*the run continues without it.*\n {2}where: \/results\/run\n/);
  assert.match(detached.notes, /status \/results\/run --watch/);
  assert.doesNotMatch(detached.notes, /the command:/, 'to give it again would be no use');
  for (const thrown of [new VergerError('E_STORAGE'), new Error('closed')]) {
    const { exit, notes } = ended(thrown, { aborted: true });
    assert.equal(exit, 130);
    assert.match(notes, /^E_INTERRUPTED: /);
  }
});

test('every code that can end a command is printed with its next step, and gives its exit code', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { exit, notes } = ended(new VergerError(code));
    assert.equal(exit, ERRORS[code].exit, code);
    assert.ok(
      notes.startsWith(`${code}: `) && notes.includes(`next:  ${asCalled(ERRORS[code].next)}`),
      notes,
    );
  }
});

test('the next step names the run: that of the error, else the one that was typed', () => {
  const names = { run: 'results#3f2a', command: 'resume', more: ['--s3-path-style'] };
  const corrupt = new VergerError('E_SUMS_CORRUPT', { location: '/out/run/sums/part-00000.sums' });
  assert.match(ended(corrupt, { names }).notes, /verger resume \/out\/run --s3-path-style` rebuilds/);
  const nowhere = new VergerError('E_SUMS_CORRUPT');
  assert.match(ended(nowhere, { names }).notes, /verger resume 'results#3f2a' --s3/);
  assert.match(ended(new VergerError('E_USAGE'), { names }).notes, /verger help resume`/);
});

test('a module that cannot be opened for a limit is no bug: it says which limit, and how to raise it', () => {
  const detail = "EMFILE: too many open files, open '/app/node_modules/picomatch/index.js'";
  const { exit, notes } = ended(Object.assign(new Error(detail), { code: 'EMFILE' }));
  assert.equal(exit, 75);
  assert.match(notes, /^E_MACHINE_LIMIT: .*EMFILE: too many open files/);
  assert.match(notes, /next: .*`ulimit -n`/);
});
