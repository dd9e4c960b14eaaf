/**
 * A report's data as it stands in a page: columns, gzip, base64. Needs `DecompressionStream`: browsers of
 * 2023.
 */
import { fromBase64, toBase64 } from './base64.ts';
import { packColumns, unpackColumns } from './columns.ts';
import type { ReportData } from './report-data.ts';

/** Data of 100,000 points has 10 MB, and 50 MB with all its pictures: what is larger is none of ours. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The text that `readEmbedded` reads. Cost: 1 s for 100,000 points. */
export async function embedData(data: ReportData): Promise<string> {
  return toBase64(await through(packColumns(data), new CompressionStream('gzip')));
}

/**
 * The data that is embedded in a page. Errors: a plain Error for text that is none, or for more than 64 MiB.
 */
export async function readEmbedded(text: string, mostBytes = MOST_BYTES): Promise<ReportData> {
  const zipped = fromBase64(text.trim());
  return unpackColumns(await through(zipped, new DecompressionStream('gzip'), mostBytes));
}

type Stream = { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream };

async function through(
  bytes: Uint8Array,
  stream: Stream,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // Failures come out of the other end too.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  const pieces: Uint8Array[] = [];
  const reader = stream.readable.getReader();
  let byteLength = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    byteLength += value.byteLength;
    if (byteLength > mostBytes) {
      await reader.cancel();
      throw new Error(`the data has more than ${mostBytes} bytes`);
    }
    pieces.push(value);
  }
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
