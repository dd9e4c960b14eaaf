import { elementBytes, type ListColumn } from './table.ts';

// numpy.lib.format, version 1.0: magic, version, length of the header in 2 bytes, a Python dictionary padded
// with spaces.
const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** The data begins at a multiple of this. */
const ALIGNMENT = 64;

/**
 * The beginning of an .npy file of shape [rows, width], C order, little-endian float32 or float64: the values
 * follow it, row after row, as they are in memory.
 */
export function npyHeader(column: Pick<ListColumn, 'type'>, rows: number, width: number): Uint8Array {
  const kind = `<f${elementBytes(column)}`;
  const dictionary = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${rows}, ${width}), }`;
  const before = MAGIC.length + 2;
  const whole = Math.ceil((before + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(whole - before);
  return Buffer.concat([MAGIC, length, Buffer.from(`${dictionary.padEnd(whole - before - 1)}\n`, 'latin1')]);
}
