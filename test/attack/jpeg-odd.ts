import { greyInScans } from './jpeg-scans.ts';
import { between, type OddKind } from './kinds.ts';

/** JPEGs whose pixels are known without decoding them. */
export const JPEG_ODD: readonly OddKind[] = [
  {
    name: 'JPEG by hand: a thousand scans that say nothing',
    format: 'jpeg',
    make: (random) => {
      const [width, height] = [between(random, 8, 400), between(random, 8, 300)];
      const rgb = new Uint8Array(width * height * 3).fill(128);
      return { bytes: greyInScans(width, height, 1000), width, height, rgb };
    },
  },
];
