import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadPace } from './read-pace.ts';

test('reads stay on this thread while they are quick, and one that had to wait changes nothing', () => {
  const pace = new ReadPace();
  for (let read = 0; read < 1000; read += 1) {
    assert.equal(pace.here(), true);
    pace.took(read % 32 === 7 ? 20 : 0.1);
  }
});

test('after slow reads the next 1,024 are made elsewhere, then some are tried here again', () => {
  const pace = new ReadPace();
  for (let read = 0; read < 4; read += 1) {
    assert.equal(pace.here(), true);
    pace.took(10);
  }
  for (let read = 0; read < 1024; read += 1) assert.equal(pace.here(), false);
  assert.equal(pace.here(), true);
  pace.took(33);
  assert.equal(pace.here(), false);
});
