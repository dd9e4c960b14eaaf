import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SniffedFormat, sniffFormat } from './image-format.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const box = (brand: string) => latin1(`\0\0\0\x1cftyp${brand}\0\0\0\0mif1miaf`);

const CASES: readonly (readonly [string, Uint8Array, SniffedFormat])[] = [
  ['JPEG', latin1('\xff\xd8\xff\xe0\0\x10JFIF'), 'jpeg'],
  ['PNG', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'png'],
  ['GIF 87', latin1('GIF87a\x01\0\x01\0'), 'gif'],
  ['GIF 89', latin1('GIF89a\x01\0\x01\0'), 'gif'],
  ['WebP', latin1('RIFF\x10\0\0\0WEBPVP8 '), 'webp'],
  ['TIFF, little-endian', latin1('II*\0\x08\0\0\0'), 'tiff'],
  ['TIFF, big-endian', latin1('MM\0*\0\0\0\x08'), 'tiff'],
  ['BigTIFF', latin1('II+\0\x08\0\0\0'), 'tiff'],
  ['BMP', latin1('BM6\0\0\0'), 'denied'],
  ['PDF', latin1('%PDF-1.7'), 'denied'],
  ['PostScript', latin1('%!PS-Adobe-3.0 EPSF-3.0'), 'denied'],
  ['ICO', latin1('\0\0\x01\0\x01\0\x10\x10'), 'denied'],
  ['JPEG 2000', latin1('\0\0\0\x0cjP  \r\n\x87\n'), 'denied'],
  ['JPEG 2000 codestream', latin1('\xff\x4f\xff\x51\0\x2f'), 'denied'],
  ['JPEG XL', latin1('\0\0\0\x0cJXL \r\n\x87\n'), 'denied'],
  ['JPEG XL codestream', latin1('\xff\x0a\xfa\x1f'), 'denied'],
  ['AVIF', box('avif'), 'avif'],
  ['HEIC', box('heic'), 'denied'],
  ['SVG', latin1('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'denied'],
  [
    'SVG after a declaration and a comment',
    latin1('\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -->\n<svg>'),
    'denied',
  ],
  [
    'SVG with a prefix',
    latin1('<?xml version="1.0"?><s:svg xmlns:s="http://www.w3.org/2000/svg"/>'),
    'denied',
  ],
  ['SVG in UTF-16', Buffer.from('\ufeff<svg width="1">', 'utf16le'), 'denied'],
  ['portable pixmap', latin1('P6\n4 4\n255\n'), 'denied'],
  ['Photoshop', latin1('8BPS\0\x01'), 'denied'],
  ['OpenEXR', latin1('\x76\x2f\x31\x01'), 'denied'],
  ['Radiance', latin1('#?RADIANCE\n'), 'denied'],
  ['HTML', latin1('<!doctype html><html><body>404</body></html>'), 'unknown'],
  ['a film', latin1('\0\0\0\x18ftypisom\0\0\x02\0isomavc1'), 'unknown'],
  ['a sound', latin1('RIFF\x10\0\0\0WAVEfmt '), 'unknown'],
  ['text', latin1('hello, this is no image'), 'unknown'],
  ['zeros', new Uint8Array(64), 'unknown'],
  ['one byte', new Uint8Array([0xff]), 'unknown'],
  ['the beginning of a PNG', latin1('\x89PNG\r'), 'cut'],
  ['the beginning of a JPEG', latin1('\xff\xd8'), 'cut'],
  ['the beginning of a WebP', latin1('RIFF\x10\0\0\0WE'), 'cut'],
];

for (const [name, bytes, format] of CASES) {
  test(`${name} is seen as ${format}`, () => assert.equal(sniffFormat(bytes), format));
}
