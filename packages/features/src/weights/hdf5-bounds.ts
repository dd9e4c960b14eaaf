/**
 * What a reader of an HDF5 file would have to do, counted before it does it: a few bytes can say that there
 * are millions of things to read. "HDF5 File Format Specification", version 1 of B-trees and object headers.
 */
import type { Hdf5 } from './hdf5.ts';
import { countGroup } from './hdf5-groups.ts';
import { checkAttribute, checkLayout } from './hdf5-messages.ts';

/** Steps of reading one object: messages, links, values of attributes, objects of heaps. Keras: under 1,000. */
const MAX_STEPS = 4000;
const MAX_OBJECTS = 20_000;

const MESSAGE = { layout: 0x08, filters: 0x0b, attribute: 0x0c, continuation: 0x10, symbolTable: 0x11 };

/** A message of an object header. */
interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

function* messagesOf(hdf5: Hdf5, header: number): Generator<Message> {
  const { view, u64 } = hdf5;
  if (view.getUint8(header) !== 1) throw 'an object header that is not of version 1';
  const blocks = [{ at: header + 16, size: view.getUint32(header + 8, true) }];
  const count = view.getUint16(header + 2, true);
  hdf5.spend(count);
  let [block, used] = [0, 0];
  for (let seen = 0; seen < count; seen += 1) {
    if (used >= (blocks[block]?.size ?? 0)) [block, used] = [block + 1, 0];
    const start = blocks[block];
    if (start === undefined) throw 'an object header that is shorter than its messages';
    const at = start.at + used + 8;
    const message = { type: view.getUint16(at - 8, true), size: view.getUint16(at - 6, true), at };
    if (message.type === MESSAGE.continuation) blocks.push({ at: u64(at), size: u64(at + 8) });
    used += 8 + message.size;
    yield message;
  }
}

/** The objects that an object leads to. Throws a text that says what no weights file of Keras has. */
function walkObject(hdf5: Hdf5, header: number): number[] {
  const children: number[] = [];
  for (const message of messagesOf(hdf5, header)) {
    if (message.type === MESSAGE.filters) throw 'a filtered data set';
    if (message.type === MESSAGE.layout) checkLayout(hdf5, message.at);
    if (message.type === MESSAGE.attribute) checkAttribute(hdf5, message);
    if (message.type === MESSAGE.symbolTable)
      children.push(...countGroup(hdf5, hdf5.u64(message.at), hdf5.u64(message.at + 8)));
  }
  return children;
}

/**
 * Why the reading of this file might take for ever, or it is none of Keras; undefined for the others. The
 * bytes have a superblock of version 0, whose `hdf5FileBytes` is known. Cost: 5 ms.
 */
export function hdf5Fault(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let left = MAX_STEPS;
  const hdf5: Hdf5 = {
    view,
    u64: (at) => Number(view.getBigUint64(at, true)),
    spend: (steps) => {
      left -= steps;
      if (left < 0) throw `an object of more than ${MAX_STEPS} parts`;
    },
  };
  try {
    if (view.getUint8(8) !== 0) return 'a superblock that is not of version 0';
    const open = [hdf5.u64(64)];
    const seen = new Set(open);
    for (let header = open.pop(); header !== undefined; header = open.pop()) {
      left = MAX_STEPS;
      for (const child of walkObject(hdf5, header)) if (!seen.has(child)) open.push(child);
      for (const child of open) seen.add(child);
      if (seen.size > MAX_OBJECTS) return `more than ${MAX_OBJECTS} objects`;
    }
    return undefined;
  } catch (thrown) {
    if (typeof thrown === 'string') return thrown;
    if (thrown instanceof RangeError) return 'an address outside of the file';
    throw thrown;
  }
}
