import sharp from 'sharp';
import { control, frame, lzw, screen, TRAILER } from './gif.ts';
import {
  between,
  join,
  type OddImage,
  type OddKind,
  picture,
  type Random,
  randomBytes,
  toRgb,
} from './kinds.ts';
import { riffChunk, vp8x, webpChunks, webpOf } from './webp.ts';

const side = (random: Random) => between(random, 3, 60);

interface Indexed {
  readonly width: number;
  readonly height: number;
  readonly indices: Uint8Array;
  readonly palette: Uint8Array;
  readonly rgb: Uint8Array;
}

/** Random pixels of a palette of 256 random colours. */
function indexed(random: Random): Indexed {
  const [width, height, palette] = [side(random), side(random), randomBytes(random, 768)];
  const indices = randomBytes(random, width * height);
  const rgb = Uint8Array.from(
    { length: indices.length * 3 },
    (_, at) => palette[indices[Math.floor(at / 3)]! * 3 + (at % 3)]!,
  );
  return { width, height, indices, palette, rgb };
}

/** One frame that fills its screen, with blocks before and behind it. */
function gif(drawn: Indexed, more: { before?: Uint8Array; behind?: Uint8Array } = {}): OddImage {
  const { width, height, indices, palette } = drawn;
  const only = frame(lzw(indices, 8), { width, height });
  const bytes = join(screen(width, height, palette), more.before ?? '', only, more.behind ?? '', TRAILER);
  return { ...drawn, bytes };
}

/** Rows in the order of GIF's four passes. */
function interlacedRows({ width, height, indices }: Indexed): Uint8Array {
  const order = [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ].flatMap(([from, step]) =>
    Array.from({ length: height }, (_, y) => y).filter((y) => y >= from! && (y - from!) % step! === 0),
  );
  return join(...order.map((y) => indices.subarray(y * width, (y + 1) * width)));
}

const small = frame(lzw(new Uint8Array(1), 2), { width: 1, height: 1, minimum: 2 });

const GIFS: Readonly<Record<string, OddKind['make']>> = {
  'one frame': (random) => gif(indexed(random)),
  interlaced: (random) => {
    const drawn = indexed(random);
    const { width, height, palette } = drawn;
    const only = frame(lzw(interlacedRows(drawn), 8), { width, height, packed: 0x40 });
    return { ...drawn, bytes: join(screen(width, height, palette), only, TRAILER) };
  },
  'a palette of its frame': (random) => {
    const drawn = indexed(random);
    const { width, height, palette, indices } = drawn;
    const head = join(screen(width, height, randomBytes(random, 6)));
    const place = frame(lzw(indices, 8), { width, height, packed: 0x87 });
    return { ...drawn, bytes: join(head, place.subarray(0, 10), palette, place.subarray(10), TRAILER) };
  },
  'indices beyond its palette, which are black': (random) => {
    const drawn = indexed(random);
    const { width, height, indices, palette } = drawn;
    const short = palette.subarray(0, 48);
    const bytes = join(screen(width, height, short), frame(lzw(indices, 8), { width, height }), TRAILER);
    return {
      ...drawn,
      bytes,
      rgb: drawn.rgb.map((value, at) => (indices[Math.floor(at / 3)]! < 16 ? value : 0)),
    };
  },
  'a small frame on a screen of 640 by 480': (random) => {
    const { width, height, indices, palette, rgb } = indexed(random);
    const bytes = join(screen(640, 480, palette), frame(lzw(indices, 8), { width, height }), TRAILER);
    const canvas = new Uint8Array(640 * 480 * 3).map((_, at) => palette[at % 3]!);
    for (let y = 0; y < height; y += 1)
      canvas.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * 640 * 3);
    return { bytes, width: 640, height: 480, rgb: canvas };
  },
  'twenty thousand more frames': (random) =>
    gif(indexed(random), { behind: join(...Array.from({ length: 20_000 }, () => small)) }),
  'a later frame of 65,535 by 65,535': (random) =>
    gif(indexed(random), {
      behind: frame(lzw(randomBytes(random, 90), 8), { width: 65_535, height: 65_535 }),
    }),
  'a second frame of garbage': (random) =>
    gif(indexed(random), { behind: frame(randomBytes(random, 400), { width: 9, height: 9, minimum: 11 }) }),
  'five thousand comments': (random) => gif(indexed(random), { before: join('!\xfe\x02hi\0'.repeat(5000)) }),
  'two control blocks': (random) => gif(indexed(random), { before: join(control(8), control(4)) }),
  'an endless loop': (random) => gif(indexed(random), { before: join('!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0') }),
  'junk behind its trailer': (random) => {
    const image = gif(indexed(random));
    return { ...image, bytes: join(image.bytes, randomBytes(random, 200)) };
  },
};

/** A lossless WebP of random pixels, its chunks as they are changed. */
const lossless =
  (change: (image: Uint8Array, size: { width: number; height: number }) => Uint8Array, channels: 3 | 4 = 3) =>
  async (random: Random): Promise<OddImage> => {
    const size = { width: side(random), height: side(random) };
    const data = picture(random, { ...size, channels });
    const file = await sharp(data, { raw: { ...size, channels } })
      .webp({ lossless: true, exact: true })
      .toBuffer();
    const image = webpChunks(file).find(({ type }) => type === 'VP8L')!.bytes;
    return { ...size, bytes: change(image, size), rgb: toRgb(data, channels) };
  };

const WEBPS: Readonly<Record<string, OddKind['make']>> = {
  lossless: lossless((image) => webpOf([image])),
  'lossless with alpha': lossless((image) => webpOf([image]), 4),
  'on a canvas': lossless((image, { width, height }) => webpOf([vp8x(0, width, height), image])),
  'a profile': lossless((image, { width, height }) =>
    webpOf([vp8x(32, width, height), riffChunk('ICCP', new Uint8Array(99).fill(7)), image]),
  ),
  'an orientation': lossless((image, { width, height }) =>
    webpOf([
      vp8x(8, width, height),
      image,
      riffChunk('EXIF', join('II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0')),
    ]),
  ),
  'a mebibyte of XMP': lossless((image, { width, height }) =>
    webpOf([vp8x(4, width, height), image, riffChunk('XMP ', new Uint8Array(2 ** 20).fill(32))]),
  ),
  'an unknown chunk': lossless((image, { width, height }) =>
    webpOf([vp8x(0, width, height), riffChunk('VRGR', new Uint8Array(31)), image]),
  ),
  'two images': lossless((image) => webpOf([image, image])),
  'junk behind its end': lossless((image) => join(webpOf([image]), '<script>')),
};

const table = (
  format: 'gif' | 'webp',
  title: string,
  makes: Readonly<Record<string, OddKind['make']>>,
): OddKind[] =>
  Object.entries(makes).map(([name, make]) => ({ name: `${title} by hand: ${name}`, format, make }));

/** GIFs and lossless WebPs whose pixels are known because they were written from them. */
export const GIF_WEBP_ODD: readonly OddKind[] = [
  ...table('gif', 'GIF', GIFS),
  ...table('webp', 'WebP', WEBPS),
];
