import { crc32 } from 'node:zlib';

/** A chunk of a PNG: where its data begins, and how long it is (ISO/IEC 15948, 5.3). */
interface Chunk {
  readonly type: string;
  readonly dataAt: number;
  readonly length: number;
}

/** The chunks up to the first that is not whole. */
function* chunksOf(file: Buffer): Generator<Chunk> {
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    if (at + 12 + length > file.length) return;
    yield { type: file.toString('latin1', at + 4, at + 8), dataAt: at + 8, length };
    at += 12 + length;
  }
}

const crcOf = (file: Buffer, { dataAt, length }: Chunk) => crc32(file.subarray(dataAt - 4, dataAt + length));

/**
 * The chunks that hold the first two bytes of the pixels' zlib stream, and where those are: in one chunk, or
 * in two.
 */
function streamHead(file: Buffer): { chunks: Chunk[]; places: number[] } {
  const chunks: Chunk[] = [];
  const places: number[] = [];
  for (const chunk of chunksOf(file)) {
    if (chunk.type !== 'IDAT' || chunk.length === 0) continue;
    chunks.push(chunk);
    for (let at = chunk.dataAt; at < chunk.dataAt + chunk.length && places.length < 2; at += 1)
      places.push(at);
    if (places.length === 2) break;
  }
  return { chunks, places };
}

/**
 * A copy of a PNG whose pixels are said to need no more than a small window (zlib's CINFO, RFC 1950, 2.2),
 * with the largest window instead: some encoders state too small a one, which libpng holds them to and most
 * other readers do not. Undefined when the window is the largest already, or anything else is wrong with
 * these bytes or their CRC. Cost: one copy, and a CRC of one or two chunks.
 */
export function withLargestWindow(bytes: Uint8Array): Uint8Array | undefined {
  const file = Buffer.from(bytes);
  const { chunks, places } = streamHead(file);
  const [first, second] = places;
  if (first === undefined || second === undefined) return undefined;
  const [method, flags] = [file[first]!, file[second]!];
  // Deflate, a window of less than 32 KiB, a right check and no dictionary.
  if ((method & 15) !== 8 || method >> 4 >= 7 || (method * 256 + flags) % 31 !== 0 || flags & 0x20)
    return undefined;
  if (chunks.some((chunk) => file.readUInt32BE(chunk.dataAt + chunk.length) !== crcOf(file, chunk)))
    return undefined;
  const level = flags & 0xc0;
  file[first] = 0x78;
  file[second] = level + 31 - ((0x7800 + level) % 31);
  for (const chunk of chunks) file.writeUInt32BE(crcOf(file, chunk), chunk.dataAt + chunk.length);
  return file;
}
