import { type ResizeTable, resizeTables } from './resize-tables.ts';
import { RESIZE_WASM } from './resize-wasm.ts';

/** The part of the engine's WebAssembly that is used here: Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** The exports of `resize.wat`. All arguments are bytes or counts. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  horizontal(...args: readonly [number, number, number, number, number, number, number]): void;
  vertical(...args: readonly [number, number, number, number, number, number, number]): void;
}

const PAGE = 65_536;
/** Input that is in the kernel's memory at once, but for one row or window that needs more. */
const INPUT_BYTES = 4 * 1024 * 1024;

/**
 * What one pass makes and the other reads, up to this much: fresh memory for every image is what V8 collects
 * garbage for.
 */
const KEPT_BYTES = 1024 * 1024;

let loaded: Kernel | undefined;
let kept: Uint8Array | undefined;

function kernel(): Kernel {
  loaded ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(RESIZE_WASM, 'base64')))
    .exports as Kernel;
  return loaded;
}

/**
 * Places a table, an input and room for an output, each with the room that the kernel may read or write too
 * far.
 */
function place(table: ResizeTable, input: Uint8Array, room: { readonly over: number; readonly out: number }) {
  const { memory } = kernel();
  const align = (bytes: number) => Math.ceil(bytes / 16) * 16;
  const inAt = align(table.bytes.length);
  const outAt = align(inAt + input.length + room.over + 16);
  const lacking = outAt + room.out + 16 - memory.buffer.byteLength;
  if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE));
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(table.bytes);
  bytes.set(input, inAt);
  return { inAt, outAt, output: bytes.subarray(outAt, outAt + room.out) };
}

/** Bytes that the next call may give again: for what is read at once. */
export function passingBytes(length: number): Uint8Array {
  if (length > KEPT_BYTES) return new Uint8Array(length);
  kept ??= new Uint8Array(KEPT_BYTES);
  return kept.subarray(0, length);
}

/** Every row of an RGB image, `width` pixels wide, to `side` pixels, in `out`: height * side * 3 bytes. */
export function horizontalPass(
  rgb: Uint8Array,
  { width, height, side }: { readonly width: number; readonly height: number; readonly side: number },
  out: Uint8Array = new Uint8Array(height * side * 3),
): Uint8Array {
  const rowBytes = width * 3;
  const rowsAtOnce = Math.max(1, Math.floor(INPUT_BYTES / rowBytes));
  for (const table of resizeTables(width, side)) {
    const outputs = table.to - table.from;
    for (let y = 0; y < height; y += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, height - y);
      const input = rgb.subarray(y * rowBytes, (y + rows) * rowBytes);
      const room = { over: 16, out: rows * outputs * 3 };
      const { inAt, outAt, output } = place(table, input, room);
      kernel().horizontal(inAt, outAt, 0, table.groups, outputs, rowBytes, rows);
      if (outputs === side) out.set(output, y * side * 3);
      else
        for (let row = 0; row < rows; row += 1) {
          const pixels = output.subarray(row * outputs * 3, (row + 1) * outputs * 3);
          out.set(pixels, ((y + row) * side + table.from) * 3);
        }
    }
  }
  return out;
}

/** Every column of `height` rows, `rowBytes` long, to `side` rows, in `out`: side * rowBytes bytes. */
export function verticalPass(
  rows: Uint8Array,
  { rowBytes, height, side }: { readonly rowBytes: number; readonly height: number; readonly side: number },
  out: Uint8Array = new Uint8Array(side * rowBytes),
): Uint8Array {
  for (const table of resizeTables(height, side)) {
    const tableRow = table.bytes.length / (table.to - table.from);
    for (let from = table.from; from < table.to; ) {
      const part = window(table, { from, rowBytes });
      const input = rows.subarray(part.begin * rowBytes, part.end * rowBytes);
      const outputs = part.to - from;
      const room = { over: 3 * rowBytes + 16, out: outputs * rowBytes };
      const { inAt, outAt, output } = place(table, input, room);
      const tableAt = (from - table.from) * tableRow;
      kernel().vertical(inAt, outAt, tableAt, table.groups, outputs, rowBytes, part.begin);
      out.set(output, from * rowBytes);
      from = part.to;
    }
  }
  return out;
}

/** As many outputs from `from` on as have their inputs [begin, end) within INPUT_BYTES, at least one. */
function window(
  table: ResizeTable,
  { from, rowBytes }: { readonly from: number; readonly rowBytes: number },
): { begin: number; end: number; to: number } {
  const view = new DataView(table.bytes.buffer);
  const tableRow = table.bytes.length / (table.to - table.from);
  const first = (output: number) => view.getInt32((output - table.from) * tableRow, true);
  const begin = first(from);
  const endOf = (output: number) => Math.min(table.end, first(output) + table.groups * 4);
  let to = from + 1;
  while (to < table.to && (endOf(to) - begin) * rowBytes <= INPUT_BYTES) to += 1;
  return { begin, end: endOf(to - 1), to };
}
