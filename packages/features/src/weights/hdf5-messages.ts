import type { Hdf5 } from './hdf5.ts';

const CONTIGUOUS = 1;
const KIND = { integer: 0, float: 1, text: 3, enumeration: 8, variable: 9 };
const MAX_HEAP_BYTES = 2 ** 22;
/** As many bytes of text as one step of reading is. */
const BYTES_A_STEP = 1024;

/** Throws a text for a data set that is not one piece of the file. */
export function checkLayout({ view }: Hdf5, at: number): void {
  const version = view.getUint8(at);
  const layout = view.getUint8(version < 3 ? at + 2 : at + 1);
  if (version > 4 || layout !== CONTIGUOUS) throw 'a data set that is not contiguous';
}

/** Values that a dataspace message counts. */
function valuesOf({ view, u64 }: Hdf5, at: number): number {
  const version = view.getUint8(at);
  const dimensions = view.getUint8(at + 1);
  const first = at + (version === 1 ? 8 : 4);
  if (dimensions > 32) throw 'more than 32 dimensions';
  return Array.from({ length: dimensions }, (_, index) => u64(first + 8 * index)).reduce((a, b) => a * b, 1);
}

/** Throws a text when a value of an attribute is not in its message, or takes too many steps. */
export function checkAttribute(
  hdf5: Hdf5,
  { at, size }: { readonly at: number; readonly size: number },
): void {
  const { view } = hdf5;
  const version = view.getUint8(at);
  if (version !== 1 && version !== 3) throw 'an attribute of a version that is not 1 or 3';
  const padded = (length: number) => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const type = at + (version === 1 ? 8 : 9) + padded(view.getUint16(at + 2, true));
  const space = type + padded(view.getUint16(at + 4, true));
  const data = space + padded(view.getUint16(at + 6, true));
  const kind = view.getUint8(type) % 16;
  const valueBytes = view.getUint32(type + 4, true);
  const values = valuesOf(hdf5, space);
  if (values > 0 && valueBytes === 0) throw 'an attribute without a value';
  if (data + values * valueBytes > at + size) throw 'an attribute that is longer than its message';
  hdf5.spend(values + Math.ceil(size / BYTES_A_STEP));
  if (kind === KIND.variable) checkTexts(hdf5, type, { data, values });
  else if (kind === KIND.enumeration ? view.getUint8(type + 8) % 16 !== KIND.integer : !PLAIN.includes(kind))
    throw 'an attribute that is no text and no number';
}

const PLAIN = [KIND.integer, KIND.float, KIND.text];

/** Texts of variable length are in global heaps: each heap is counted once, each text each time. */
function checkTexts(
  hdf5: Hdf5,
  type: number,
  { data, values }: { readonly data: number; readonly values: number },
): void {
  const { view, u64 } = hdf5;
  if (view.getUint8(type + 1) % 16 !== 1 || view.getUint32(type + 4, true) !== 16)
    throw 'an attribute of variable length that is no text';
  const heaps = new Map<number, ReadonlyMap<number, number>>();
  for (let value = 0; value < values; value += 1) {
    const heap = u64(data + 16 * value + 4);
    const sizes = heaps.get(heap) ?? sizesIn(hdf5, heap);
    heaps.set(heap, sizes);
    hdf5.spend(Math.ceil((sizes.get(view.getUint32(data + 16 * value + 12, true)) ?? 0) / BYTES_A_STEP));
  }
}

/** Sizes of the objects of a global heap, by their number. */
function sizesIn(hdf5: Hdf5, heap: number): ReadonlyMap<number, number> {
  const { view, u64 } = hdf5;
  const bytes = u64(heap + 8);
  if (bytes > MAX_HEAP_BYTES) throw `texts of more than ${MAX_HEAP_BYTES} bytes`;
  hdf5.spend(Math.ceil(bytes / BYTES_A_STEP));
  const sizes = new Map<number, number>();
  for (let at = heap + 16; at <= heap + bytes - 16; ) {
    const index = view.getUint16(at, true);
    if (index === 0) break;
    hdf5.spend(1);
    const size = u64(at + 8);
    sizes.set(index, size);
    at += 16 + Math.ceil(size / 8) * 8;
  }
  return sizes;
}
