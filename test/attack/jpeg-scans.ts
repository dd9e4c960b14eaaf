import { segment } from './jpeg.ts';
import { join } from './kinds.ts';

/** A code of one bit, for one symbol. `table`: class (0 DC, 1 AC) and number. */
const oneCode = (table: number, symbol: number) =>
  segment(0xc4, join(Uint8Array.of(table, 1), new Uint8Array(15), Uint8Array.of(symbol)));

/** Blocks that one end-of-band run of the longest kind covers (ITU T.81, G.1.2.2). */
const LONGEST_RUN = 2 ** 15 - 1;

/**
 * A progressive JPEG, all of it mid-grey: one scan of zeros, then as many as are asked for that say nothing.
 * A bit a block, and two bytes a scan for every 32,767 blocks, so that a small file makes a decoder walk over
 * a large image as often as it likes.
 */
export function greyInScans(width: number, height: number, scans: number): Uint8Array {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const frame = Uint8Array.of(8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0);
  // EOB14 and its fourteen bits: a zero and fourteen ones.
  const runs = Math.ceil(blocks / LONGEST_RUN);
  const bits = '011111111111111'.repeat(runs).padEnd(Math.ceil((runs * 15) / 8) * 8, '1');
  const codes = (bits.match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 0xff ? [0xff, 0] : [value];
  });
  const empty = join(segment(0xda, Uint8Array.of(1, 1, 0, 1, 63, 0)), Uint8Array.from(codes));
  return join(
    '\xff\xd8',
    segment(0xdb, join('\0', new Uint8Array(64).fill(1))),
    segment(0xc2, frame),
    oneCode(0x00, 0),
    oneCode(0x10, 0xe0),
    segment(0xda, Uint8Array.of(1, 1, 0, 0, 0, 0)),
    new Uint8Array(Math.ceil(blocks / 8)),
    ...Array.from({ length: scans }, () => empty),
    '\xff\xd9',
  );
}
