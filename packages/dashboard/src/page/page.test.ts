import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { ago, html, noticeHtml, pagerHtml, proseHtml, rateWords, tableHtml, timeHtml } from '@verger/report';
import type { PageRequest } from '../http/page.ts';
import { assetUrl, createAssets } from './assets.ts';
import { pageAnswer } from './layout.ts';

const request = (path: string): PageRequest => {
  const { pathname, searchParams } = new URL(path, 'http://dashboard');
  const form = new URLSearchParams();
  const signal = new AbortController().signal;
  return { method: 'GET', path: pathname, query: searchParams, form, base: '', signal };
};

test('what a page loads is there, kept by its version, and none of it is from elsewhere', async () => {
  const page = String(pageAnswer({ title: 'T', base: '/v', body: html`x` }).body);
  const assets = createAssets();
  const links = [...page.matchAll(/(?:href|src)="\/v(\/assets\/[^"]+)"/g)].map(([, link]) => link ?? '');
  assert.equal(links.length, 3);
  for (const link of links) {
    const answer = await assets.answer(request(link));
    assert.match(answer?.headers?.['cache-control'] ?? '', /max-age=86400/, link);
    assert.doesNotMatch(String(answer?.body), /https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(|@import/);
  }
  assert.doesNotMatch(page, /style=|<style| on[a-z]+=|data:/);
  assert.equal(await assets.answer(request('/assets/other.css')), undefined);
  assert.match(assetUrl('/v', 'style.css'), /^\/v\/assets\/style\.css\?v=[0-9a-f]{12}$/);
});

test('the script is JavaScript that a browser reads', async () => {
  const answer = await createAssets().answer(request('/assets/refresh.js'));
  const source = String(answer?.body)
    .replace(/^\(\(\) =>/m, 'const page = (() =>')
    .replace(/\)\(\);\n$/, ');\n');
  runInNewContext(source);
});

test('parts of pages escape what is in them', () => {
  const worst = '"><script>';
  const columns = [{ head: worst, kind: 'name' }, { head: 'b' }] as const;
  const table = tableHtml({ id: 'a', caption: worst, columns, rows: [[worst, worst]] });
  assert.doesNotMatch(table.text, /<script/);
  assert.match(table.text, /<th scope="row">&quot;&gt;&lt;script&gt;<\/th><td class="">/);
  assert.equal(noticeHtml('bad', []), false);
  assert.match((noticeHtml('bad', [worst, 'b']) || html``).text, /<li>&quot;&gt;/);
  assert.equal(
    proseHtml('run `a<b` now')
      .map(({ text }) => text)
      .join(''),
    'run <code>a&lt;b</code> now',
  );
});

test('times, ages and rates are written for a person', () => {
  assert.deepEqual([0, 12_000, 300_000, 7_200_000, 172_800_000].map(ago), [
    ...['just now', '12 s ago', '5 min ago', '2 h ago', '2 days ago'],
  ]);
  assert.match(timeHtml('2026-11-30T12:00:59Z').text, />2026-11-30 12:00 UTC</);
  assert.equal(timeHtml('<b>soon').text, '&lt;b&gt;soon');
  assert.deepEqual([null, 3.21, 1234.5].map(rateWords), ['–', '3.2/s', '1,235/s']);
});

test('a pager links the ends and what is near', () => {
  const links = (pagerHtml({ page: 10, pages: 200, label: 'Pages' }, (page) => `?page=${page}`) || html``)
    .text;
  assert.deepEqual(links.match(/page=\d+/g), [
    'page=1',
    'page=8',
    'page=9',
    'page=10',
    'page=11',
    'page=12',
    'page=200',
  ]);
  assert.equal(
    pagerHtml({ page: 1, pages: 1, label: 'Pages' }, () => ''),
    false,
  );
});
