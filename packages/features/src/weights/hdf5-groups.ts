import type { Hdf5 } from './hdf5.ts';

const MAX_LEVEL = 4;
const MAX_HEAP_BYTES = 2 ** 18;
const LINKED = [0, 1];

function assertSignature({ view }: Hdf5, at: number, signature: string): void {
  for (let index = 0; index < 4; index += 1)
    if (view.getUint8(at + index) !== signature.charCodeAt(index))
      throw `no ${signature} where there must be one`;
}

/** The symbol table nodes of a group, from its B-tree: each node is counted each time that one leads to it. */
function tableNodes(hdf5: Hdf5, node: number, level: number | undefined): number[] {
  assertSignature(hdf5, node, 'TREE');
  const { view, u64 } = hdf5;
  const own = view.getUint8(node + 5);
  if (own > MAX_LEVEL || (level !== undefined && own !== level)) throw 'a B-tree with a wrong level';
  const used = view.getUint16(node + 6, true);
  hdf5.spend(1 + used);
  const children = Array.from({ length: used }, (_, index) => u64(node + 24 + 16 * index + 8));
  return own === 0 ? children : children.flatMap((child) => tableNodes(hdf5, child, own - 1));
}

function assertName({ view, u64 }: Hdf5, heap: number, offset: number): void {
  const [size, start] = [u64(heap + 8), u64(heap + 24)];
  for (let at = offset; at < Math.min(size, offset + 256); at += 1)
    if (view.getUint8(start + at) === 0) return;
  throw 'a name of more than 255 bytes';
}

/** The object headers that the links of a group name. Errors: as `Hdf5`; a text for what no group has. */
export function countGroup(hdf5: Hdf5, tree: number, heap: number): number[] {
  assertSignature(hdf5, heap, 'HEAP');
  const { view, u64 } = hdf5;
  if (u64(heap + 8) > MAX_HEAP_BYTES) throw `names of more than ${MAX_HEAP_BYTES} bytes`;
  return tableNodes(hdf5, tree, undefined).flatMap((table) => {
    assertSignature(hdf5, table, 'SNOD');
    const count = view.getUint16(table + 6, true);
    hdf5.spend(1 + count);
    return Array.from({ length: count }, (_, index) => {
      const entry = table + 8 + 40 * index;
      if (!LINKED.includes(view.getUint32(entry + 16, true))) throw 'a symbolic link';
      assertName(hdf5, heap, u64(entry));
      return u64(entry + 8);
    });
  });
}
