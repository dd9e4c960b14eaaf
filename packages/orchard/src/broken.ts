import { crc32, deflateSync } from 'node:zlib';
import type { ImageErrorCode } from '@verger/core';
import { drawView } from './orchard.ts';

/** A file that is no good image, and the code under which it goes to quarantine. */
export interface BrokenFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly expected: ImageErrorCode;
}

const text = (content: string) => new TextEncoder().encode(content);

/** What a web server sends instead of an image that is not there. */
const NOT_FOUND_PAGE = text(
  '<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n<body><h1>Not Found</h1><p>plum_07.jpg was not found on this server.</p></body></html>\n',
);

/** A drawing in a format that is refused on purpose, under an innocent name. */
const DRAWING = text(
  '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect width="100" height="100" fill="#fff"/><circle cx="50" cy="50" r="46" fill="#f68a12"/></svg>\n',
);

/**
 * One chunk of a PNG: length, type, data, CRC of type and data. https://www.w3.org/TR/png-3/#5Chunk-layout
 */
function pngChunk(type: 'IHDR' | 'IDAT' | 'IEND', data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, crc]);
}

/**
 * A PNG of about a hundred bytes that says it is `side`×`side` RGB: its header is right, its pixels end in
 * the first row.
 */
function hugePng(side: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(4096));
  return new Uint8Array(
    Buffer.concat([
      signature,
      pngChunk('IHDR', header),
      pngChunk('IDAT', pixels),
      pngChunk('IEND', new Uint8Array(0)),
    ]),
  );
}

/**
 * Five files that lie among the images of the orchard as they do in real folders, each bad in another way:
 * nothing in it, cut at 40 %, a web page, a drawing, a header that claims 65,535×65,535 pixels. All from
 * their bytes: none is environmental.
 */
export async function brokenFiles(seed: number): Promise<readonly BrokenFile[]> {
  const pear = await drawView(seed, 'Pear', { index: 0, views: 1 });
  return [
    { path: 'Banana/banana_empty.jpg', bytes: new Uint8Array(0), expected: 'E_IMG_EMPTY' },
    {
      path: 'Pear/pear_cut.jpg',
      bytes: pear.slice(0, Math.floor(pear.length * 0.4)),
      expected: 'E_IMG_TRUNCATED',
    },
    { path: 'Plum/plum_not_found.jpg', bytes: NOT_FOUND_PAGE, expected: 'E_IMG_UNSUPPORTED' },
    { path: 'Orange/orange_drawing.png', bytes: DRAWING, expected: 'E_IMG_FORMAT_DENIED' },
    { path: 'Watermelon/watermelon_huge.png', bytes: hugePng(65_535), expected: 'E_IMG_TOO_MANY_PIXELS' },
  ];
}
