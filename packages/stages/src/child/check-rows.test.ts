import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImageRef, type Quarantined, VergerError } from '@verger/core';
import fc from 'fast-check';
import { checkRowsAgainstListing } from './check-rows.ts';

interface Stored {
  paths: string[];
  labels: string[];
  quarantined: Quarantined[];
}

/** A listing, and rows and quarantine that account for it. `fate` of each image: good, bad, refused. */
function stored(fates: readonly ('good' | 'bad' | 'refused')[]): { listing: ImageRef[]; rows: Stored } {
  const listing = fates.map((fate, index): ImageRef => {
    const image = { path: `p${index}`, label: `l${index % 2}`, bytes: index, version: 'etag:x' };
    return fate === 'refused' ? { ...image, refused: 'E_IMG_NAME' } : image;
  });
  const rows: Stored = { paths: [], labels: [], quarantined: [] };
  for (const [index, { path, label, bytes }] of listing.entries()) {
    const fate = fates[index];
    if (fate === 'good') {
      rows.paths.push(path);
      rows.labels.push(label);
    } else {
      const code = fate === 'refused' ? 'E_IMG_NAME' : 'E_IMG_DECODE';
      rows.quarantined.push({ path, label, code, reason: 'Why.', bytes, environmental: false });
    }
  }
  return { listing, rows };
}

const check = ({ listing, rows }: { listing: readonly ImageRef[]; rows: Stored }) =>
  void checkRowsAgainstListing(rows, rows.quarantined, listing);

const fates = fc.array(fc.constantFrom('good', 'bad', 'refused'), { minLength: 1, maxLength: 12 });

/** Ways to tamper at a place; false where there is nothing of the kind to tamper with. */
const TAMPERINGS: Readonly<Record<string, (rows: Stored, at: number) => boolean>> = {
  'a path': ({ paths }, at) => at in paths && paths.splice(at, 1, 'new').length > 0,
  'a label': ({ labels }, at) => at in labels && labels.splice(at, 1, 'new').length > 0,
  'a row gone': ({ paths, labels }, at) =>
    at in paths && paths.splice(at, 1).length + labels.splice(at, 1).length > 0,
  'a row twice': ({ paths, labels }, at) => {
    if (!(at in paths)) return false;
    paths.splice(at, 0, paths[at]!);
    labels.splice(at, 0, labels[at]!);
    return true;
  },
  'a row more': ({ paths, labels }) => paths.push('new') + labels.push('l0') > 0,
  'a label more': ({ labels }) => labels.push('l0') > 0,
  'two rows exchanged': ({ paths, labels }, at) => {
    if (!(at + 1 in paths)) return false;
    [paths[at], paths[at + 1]] = [paths[at + 1]!, paths[at]!];
    [labels[at], labels[at + 1]] = [labels[at + 1]!, labels[at]!];
    return true;
  },
  'a record gone': ({ quarantined }, at) => at in quarantined && quarantined.splice(at, 1).length > 0,
  'a record twice': ({ quarantined }, at) =>
    at in quarantined && quarantined.splice(at, 0, quarantined[at]!).length === 0,
  'a record’s path': ({ quarantined }, at) => changed(quarantined, at, { path: 'new' }),
  'a record’s label': ({ quarantined }, at) => changed(quarantined, at, { label: 'new' }),
  'a record’s bytes': ({ quarantined }, at) => changed(quarantined, at, { bytes: 99 }),
  'a refusal’s code': ({ quarantined }, at) =>
    quarantined[at]?.code === 'E_IMG_NAME' && changed(quarantined, at, { code: 'E_IMG_DECODE' }),
  'a refused image as a row': ({ paths, labels, quarantined }, at) => {
    const record = quarantined[at];
    if (record?.code !== 'E_IMG_NAME') return false;
    quarantined.splice(at, 1);
    const place = paths.findIndex((path) => Number(path.slice(1)) > Number(record.path.slice(1)));
    const row = place < 0 ? paths.length : place;
    paths.splice(row, 0, record.path);
    labels.splice(row, 0, record.label);
    return true;
  },
};

function changed(quarantined: Quarantined[], at: number, change: Partial<Quarantined>): boolean {
  const record = quarantined[at];
  if (record !== undefined) quarantined[at] = { ...record, ...change };
  return record !== undefined;
}

test('rows and quarantine that account for the listing pass', () => {
  fc.assert(fc.property(fates, (all) => check(stored(all))));
});

for (const [what, tamper] of Object.entries(TAMPERINGS)) {
  test(`tampering is found: ${what}`, () => {
    fc.assert(
      fc.property(fates, fc.nat(11), (all, at) => {
        const whole = stored(all);
        fc.pre(tamper(whole.rows, at));
        assert.throws(
          () => check(whole),
          (error) => error instanceof VergerError && error.code === 'E_PART_CORRUPT',
        );
      }),
    );
  });
}

test('an escaped name that is the path of another image is no confusion', () => {
  const image: ImageRef = { path: 'a\\xff', label: '', bytes: 1, version: 'etag:x' };
  const refused: ImageRef = { ...image, refused: 'E_IMG_NAME' };
  const record: Quarantined = {
    path: image.path,
    label: '',
    code: 'E_IMG_NAME',
    reason: 'Why.',
    bytes: 1,
    environmental: false,
  };
  const one = { paths: [image.path], labels: [''] };
  for (const listing of [
    [image, refused],
    [refused, image],
  ]) {
    checkRowsAgainstListing(one, [record], listing);
    assert.throws(() => checkRowsAgainstListing(one, [], listing), { code: 'E_PART_CORRUPT' });
    assert.throws(() => checkRowsAgainstListing({ paths: [], labels: [] }, [record], listing), {
      code: 'E_PART_CORRUPT',
    });
  }
});
