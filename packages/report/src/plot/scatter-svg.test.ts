import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededNumbers } from '@verger/core';
import sharp from 'sharp';
import { type PlotStyle, type PlottedLabel, type ScatterPlot, scatterSvg } from './scatter-svg.ts';
import { varianceSvg } from './variance-svg.ts';

const STYLE: PlotStyle = { width: 180, height: 120, background: 'none', title: null };

/** A scatter of so many labels with so many points each, around a place of their own. */
function scatterOf(
  labels: readonly string[],
  pointsEach: number,
  more: Partial<ScatterPlot> = {},
): ScatterPlot {
  const random = seededNumbers(5);
  const plotted = labels.map((label, at): PlottedLabel => {
    const points = Array.from(
      { length: pointsEach * 2 },
      (_, place) => at * (1 + (place % 2)) + random() * 4,
    );
    return { label, count: pointsEach, points };
  });
  const rows = labels.length * pointsEach;
  return {
    ...{
      runId: 'fruits',
      components: [1, 2],
      shares: [0.1624, 0.0811],
      labels: plotted,
      labelsLeftOut: 0,
      rows,
    },
    ...more,
  };
}

const names = (count: number) =>
  Array.from({ length: count }, (_, at) => `label ${String(at).padStart(3, '0')}`);

/** Pixels by colour of a picture as librsvg draws it, which takes only XML that is well-formed. */
async function drawn(svg: string) {
  const { data, info } = await sharp(Buffer.from(svg))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colours = new Map<string, number>();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.subarray(at, at + 4).toString('hex');
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  return { width: info.width, height: info.height, colours };
}

const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

test('axes are named with component and share, and have ticks with a true minus sign', () => {
  const plot = scatterOf(['a', 'b'], 50, { components: [3, 1] });
  const moved = plot.labels.map((one) => ({
    ...one,
    points: Array.from(one.points, (value) => value * 4 - 10),
  }));
  const texts = textsOf(scatterSvg({ ...plot, labels: moved }, STYLE));
  assert.ok(texts.includes('PC 3 (16.2 %)'));
  assert.ok(texts.includes('PC 1 (8.1 %)'));
  assert.ok(texts.includes('\u22125'), String(texts));
  assert.ok(texts.includes('0'));
});

test('the points of a label are one path, and a large run is a small file', async () => {
  const svg = scatterSvg(scatterOf(names(131), 173), STYLE);
  assert.equal([...svg.matchAll(/<path [^>]*d="M[^"]{500,}"/g)].length, 131);
  assert.ok(Buffer.byteLength(svg) < 1_000_000, `${Buffer.byteLength(svg)} bytes`);
  assert.ok((await drawn(svg)).colours.size > 100);
});

test('up to eight labels have the colours of Okabe and Ito; more of them differ in colour and form', () => {
  const coloursOf = (count: number) => {
    const svg = scatterSvg(scatterOf(names(count), 2), STYLE);
    return [
      ...svg
        .slice(svg.indexOf('<g opacity'), svg.indexOf('</g>'))
        .matchAll(/(?:stroke|fill)="(#[0-9a-f]{6})"/g),
    ].map(([, colour]) => colour);
  };
  assert.deepEqual(coloursOf(3), ['#0072b2', '#d55e00', '#009e73']);
  assert.equal(new Set(coloursOf(8)).size, 8);
  assert.equal(new Set(coloursOf(131)).size, 131);
  const forms = (svg: string) =>
    new Set([...svg.matchAll(/stroke-linecap="(\w+)"/g)].map(([, cap]) => cap)).size;
  assert.deepEqual(
    [forms(scatterSvg(scatterOf(names(8), 2), STYLE)), forms(scatterSvg(scatterOf(names(9), 2), STYLE))],
    [1, 2],
  );
});

test('beyond forty labels the legend names the largest, and counts the others', () => {
  const plot = scatterOf(names(131), 5);
  const labels = plot.labels.map((one, at) => ({ ...one, count: at < 100 ? 5 : 500 }));
  const texts = textsOf(scatterSvg({ ...plot, labels }, STYLE));
  assert.ok(texts.includes('… and 91 more'));
  assert.ok(
    texts.includes('label 130') && texts.includes('label 100') && !texts.includes('label 099'),
    String(texts),
  );
  assert.equal(texts.filter((text) => text?.startsWith('label ')).length, 40);
  assert.ok(!textsOf(scatterSvg(scatterOf(names(40), 5), STYLE)).some((text) => text?.includes('more')));
});

test('a legend never takes more than its part of a small picture', () => {
  const long = names(60).map((name) => `${name} with a long name that nobody can print`);
  const svg = scatterSvg(scatterOf(long, 5), { ...STYLE, width: 60, height: 40 });
  const [, x, width] = /<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg) ?? [];
  assert.ok(Number(x) + Number(width) > 60 * 0.5, `${x} + ${width}`);
  assert.ok(textsOf(svg).some((text) => /^… and \d+ more$/.test(text ?? '')));
});

test('a sample is said to be one, in the picture and in its description', () => {
  const svg = scatterSvg(scatterOf(['a'], 500, { rows: 1_000_000 }), STYLE);
  assert.ok(textsOf(svg).includes('Even sample: 500') && textsOf(svg).includes('of 1,000,000 images'));
  assert.match(svg, /<desc>[^<]*500 images, an even sample of 1,000,000,/);
  assert.ok(!textsOf(scatterSvg(scatterOf(['a'], 500), STYLE)).some((text) => text?.includes('sample')));
});

test('hostile labels and titles are text, and every file is well-formed XML', async () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"><image href="x"/>',
    '&amp;',
    'a\u0000\u001b\n\ufffe',
    '\ud800',
    '',
    ']]>',
    '漢字 🍎',
  ];
  for (const background of ['none', 'white'] as const) {
    const svg = scatterSvg(scatterOf(hostile, 3), { ...STYLE, background, title: hostile.join(' ') });
    assert.doesNotMatch(svg, /<script|<image/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no such characters
    assert.doesNotMatch(svg, /[\u0000-\u0009\u000b-\u001f\ufffe\uffff]/);
    const { width, height } = await drawn(svg);
    assert.deepEqual([width, height], [510, 340]);
  }
  await assert.rejects(
    drawn(scatterSvg(scatterOf(['a'], 3), STYLE).replace('</desc>', '')),
    'it would be seen',
  );
});

test('the background is transparent, or white where that is asked for', async () => {
  const corner = async (background: PlotStyle['background']) => {
    const { colours } = await drawn(scatterSvg(scatterOf(['a'], 3), { ...STYLE, background }));
    return [...colours].sort((a, b) => b[1] - a[1])[0]?.[0];
  };
  assert.deepEqual([await corner('none'), await corner('white')], ['00000000', 'ffffffff']);
});

test('the same plot has the same bytes, in whatever order its labels come', () => {
  const plot = scatterOf(names(20), 9);
  const reversed = { ...plot, labels: plot.labels.toReversed() };
  assert.equal(scatterSvg(plot, STYLE), scatterSvg(reversed, STYLE));
});

test('one point, and points that are all the same, are drawn', async () => {
  for (const points of [
    [3, 4],
    [3, 4, 3, 4, 3, 4],
  ]) {
    const labels = [{ label: '', count: points.length / 2, points }];
    const svg = scatterSvg({ ...scatterOf([], 0), labels, rows: points.length / 2 }, STYLE);
    assert.doesNotMatch(svg, /NaN|Infinity/);
    assert.ok((await drawn(svg)).colours.size > 2);
    assert.ok(!textsOf(svg).includes('(no label)'), 'a run without labels needs no legend');
  }
});

test('the variance rises to where it is flat, with k and what was asked for', async () => {
  const cumulative = Array.from({ length: 1280 }, (_, at) => 1 - 0.96 ** (at + 1));
  const svg = varianceSvg({ runId: 'fruits', k: 34, cumulative, wanted: 0.75 }, STYLE);
  const texts = textsOf(svg);
  assert.ok(texts.includes('k = 34 (75.0 %)') && texts.includes('requested: 75.0 %'), String(texts));
  assert.ok(texts.includes('Components (of 1,280)') && texts.includes('Cumulative variance (%)'));
  assert.match(svg, /<desc>[^<]*k = 34 components of 1,280 keep 75\.0 %/);
  assert.ok((await drawn(svg)).colours.size > 2);
  const few = varianceSvg({ runId: 'fruits', k: 1, cumulative: [1], wanted: null }, STYLE);
  assert.ok(
    textsOf(few).includes('Components') && !textsOf(few).some((text) => text?.startsWith('requested')),
  );
  assert.doesNotMatch(few, /NaN|Infinity/);
});
