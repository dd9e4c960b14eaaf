import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpReport } from '../testing/made-up.ts';
import { bodyHtml } from './report-html.ts';

test('the page is bounded: 131 labels below 500 kB, 4,096 labels not much more', async () => {
  const sizes = await Promise.all(
    [131, 4_096].map(async (labels) => {
      const data = await madeUpReport({
        points: 8_192,
        labels,
        partitions: 2_000,
        workers: 200,
        withoutPictures: true,
      });
      return Buffer.byteLength(bodyHtml({ ...data, tiles: labels * 8 }).text);
    }),
  );
  const [usual = 0, most = 0] = sizes;
  assert.ok(usual > 50_000 && usual < 250_000, `${usual}`);
  assert.ok(most < 350_000, `${most}`);
});

test('no attribute that the policy forbids, no markup of a run, no control character', async () => {
  const data = await madeUpReport({
    points: 60,
    labels: 4,
    hostile: `"><img src=x onerror=hit()>'\u202e`,
    withoutPictures: true,
  });
  const { text } = bodyHtml(data);
  assert.doesNotMatch(text, /<img|<[a-z][^>]*\s(?:style|on[a-z]+)=|\u202e|javascript:/i);
  const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
  const links = [...text.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id ?? '');
  assert.deepEqual(
    links.filter((id) => !ids.includes(id)),
    [],
  );
});
