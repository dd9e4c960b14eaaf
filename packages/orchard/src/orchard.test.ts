import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { drawOrchard, ORCHARD_KINDS, type OrchardImage, viewSvg } from './orchard.ts';

async function draw(options: { seed: number; views?: number; kinds?: number }): Promise<OrchardImage[]> {
  const images: OrchardImage[] = [];
  for await (const image of drawOrchard(options)) images.push(image);
  return images;
}

const VIEWS = 4;
const drawn = draw({ seed: 1, views: VIEWS });

test('there are 24 kinds with names of their own', () => {
  assert.equal(ORCHARD_KINDS.length, 24);
  assert.equal(new Set(ORCHARD_KINDS.map((kind) => kind.toLowerCase())).size, 24);
});

test('every kind has every view, in order, each under a path of its own', async () => {
  const paths = (await drawn).map(({ path }) => path);
  assert.equal(paths.length, 24 * VIEWS);
  assert.equal(new Set(paths).size, paths.length);
  assert.deepEqual(
    paths.map((path) => path.split('/')[0]),
    ORCHARD_KINDS.flatMap((kind) => Array.from({ length: VIEWS }, () => kind)),
  );
  assert.deepEqual(
    paths.filter((path) => path.startsWith('Pear Red/')),
    [1, 2, 3, 4].map((view) => `Pear Red/pear_red_0${view}.jpg`),
  );
});

test('twenty views a kind unless asked otherwise, and only as many kinds as asked for', async () => {
  const images = await draw({ seed: 1, kinds: 1 });
  assert.equal(images.length, 20);
  assert.equal(images.at(-1)?.path, `${ORCHARD_KINDS[0]}/apple_red_20.jpg`);
});

test('a hundred views have three digits', async () => {
  const images = drawOrchard({ seed: 1, views: 100, kinds: 1 });
  const first = await images.next();
  assert.equal(first.value?.path, 'Apple Red/apple_red_001.jpg');
  await images.return(undefined);
});

test('every image decodes to 100×100 RGB, white in its corners and fruit in its middle', async () => {
  for (const { path, bytes } of await drawn) {
    assert.deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff], path);
    const { data, info } = await sharp(bytes, { failOn: 'warning' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [100, 100, 3], path);
    const pixel = (x: number, y: number) => [...data.subarray(3 * (100 * y + x), 3 * (100 * y + x) + 3)];
    for (const [x, y] of [
      [1, 1],
      [98, 1],
      [1, 98],
      [98, 98],
    ] as const) {
      assert.ok(Math.min(...pixel(x, y)) >= 250, `${path} is ${pixel(x, y)} at ${x}, ${y}`);
    }
    let coloured = 0;
    for (let at = 0; at < data.length; at += 3) {
      if (Math.min(data[at] ?? 255, data[at + 1] ?? 255, data[at + 2] ?? 255) < 200) coloured++;
    }
    // Below a sixth it would be a speck (a banana or a cherry with its stem is slim), above nine tenths it
    // would not stand on white.
    assert.ok(coloured > 1600 && coloured < 9000, `${path}: ${coloured} coloured pixels`);
  }
});

test('the same seed gives the same bytes', async () => {
  const again = await draw({ seed: 1, views: VIEWS });
  for (const [index, image] of (await drawn).entries()) assert.deepEqual(again[index], image);
});

test('another seed gives other bytes under the same paths', async () => {
  const others = await draw({ seed: 2, views: VIEWS });
  for (const [index, image] of (await drawn).entries()) {
    assert.equal(others[index]?.path, image.path);
    assert.notDeepEqual(others[index]?.bytes, image.bytes, image.path);
  }
});

test('no two images are the same', async () => {
  const texts = new Set((await drawn).map(({ bytes }) => Buffer.from(bytes).toString('base64')));
  assert.equal(texts.size, 24 * VIEWS);
});

test('no shape has a coordinate that is not a number', () => {
  for (const kind of ORCHARD_KINDS) {
    for (const seed of [0, 3, 4_294_967_295]) {
      for (const index of [0, 7, 19]) {
        assert.doesNotMatch(viewSvg(seed, kind, { index, views: 20 }), /NaN|Infinity|undefined/, kind);
      }
    }
  }
});

test('a view looks more like its own kind than like the others', async () => {
  const looks = await Promise.all(
    (await drawn).map(async ({ path, bytes }) => ({
      kind: path.split('/')[0],
      look: await sharp(bytes).resize(6, 6, { fit: 'fill' }).raw().toBuffer(),
    })),
  );
  const distance = (a: Buffer, b: Buffer) =>
    a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0);
  const right = looks.filter((own) => {
    const nearest = looks
      .filter((other) => other !== own)
      .reduce((best, other) =>
        distance(own.look, other.look) < distance(own.look, best.look) ? other : best,
      );
    return nearest.kind === own.kind;
  });
  // By chance alone it would be 3 of 95. Apples and cherries of a kind stay near; bananas turn too far for
  // 6×6 pixels.
  assert.ok(right.length >= 0.6 * looks.length, `${right.length} of ${looks.length}`);
});

test('impossible numbers of views and kinds are refused', async () => {
  for (const options of [{ views: 0 }, { views: 1.5 }, { kinds: 0 }, { kinds: 25 }]) {
    await assert.rejects(draw({ seed: 1, ...options }), RangeError);
  }
});
