import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STYLE } from '../../html/style.ts';
import { contrast, type Lab, labDistance, type Rgb } from './oklab.ts';
import { looksOf, MOST_COLOURS, PANEL, type Scheme } from './palette.ts';

const SCHEMES: readonly Scheme[] = ['light', 'dark'];

/** The other way round than `rgbOf`, by the published inverse matrices. */
function labFrom(rgb: Rgb): Lab {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** The least distance of two labels at most so many places from each other. */
function leastDistance(labs: readonly Lab[], reach: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [at, lab] of labs.entries()) {
    for (const other of labs.slice(at + 1, at + 1 + reach)) least = Math.min(least, labDistance(lab, other));
  }
  return least;
}

for (const scheme of SCHEMES) {
  test(`${scheme}: colours are far from each other, neighbours farther, all seen on the panel`, () => {
    for (const [count, all, near] of [
      ...([
        [8, 0.11, 0.11],
        [24, 0.08, 0.12],
        [131, 0.045, 0.11],
        [256, 0.03, 0.1],
      ] as const),
    ]) {
      const looks = looksOf(count, scheme);
      const labs = looks.map(({ rgb }) => labFrom(rgb));
      assert.ok(leastDistance(labs, count) > all, `${count} labels: ${leastDistance(labs, count)}`);
      assert.ok(leastDistance(labs, 3) > near, `${count} labels, neighbours: ${leastDistance(labs, 3)}`);
      const least = Math.min(...looks.map(({ rgb }) => contrast(rgb, PANEL[scheme])));
      assert.ok(least >= (count <= 24 ? 3 : 2.1), `${count} labels: contrast ${least}`);
    }
  });

  test(`${scheme}: 4,096 labels repeat colours, each in all four shapes, never a neighbour's`, () => {
    const looks = looksOf(4_096, scheme);
    const keys = new Set(looks.map(({ rgb, shape }) => `${rgb.join()} ${shape}`));
    assert.equal(keys.size, 4 * MOST_COLOURS);
    assert.ok(
      leastDistance(
        looks.map(({ rgb }) => labFrom(rgb)),
        3,
      ) > 0.02,
    );
  });
}

test('up to 11 labels are circles, beyond neighbours have other shapes', () => {
  assert.deepEqual(new Set(looksOf(11, 'light').map(({ shape }) => shape)), new Set(['circle']));
  for (const count of [12, 24, 131]) {
    const shapes = looksOf(count, 'light').map(({ shape }) => shape);
    for (const [at, shape] of shapes.entries()) assert.notEqual(shape, shapes[at + 1]);
  }
});

test('the panel that contrasts are computed with is the one of the style', () => {
  const [light, dark] = STYLE.split('prefers-color-scheme: dark');
  const hex = (rgb: Rgb) => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  assert.match(light ?? '', new RegExp(`--panel: ${hex(PANEL.light)}`));
  assert.match(dark ?? '', new RegExp(`--panel: ${hex(PANEL.dark)}`));
});

test('black and white have the contrast that WCAG gives them', () => {
  assert.equal(Math.round(contrast([0, 0, 0], [255, 255, 255])), 21);
  assert.equal(contrast([9, 99, 9], [9, 99, 9]), 1);
});
