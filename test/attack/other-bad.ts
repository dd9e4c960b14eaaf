import { deflateSync, gzipSync } from 'node:zlib';
import { type BadKind, join, type Random, randomBytes } from './kinds.ts';
import { photo } from './photo.ts';

type Make = BadKind['make'];
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
const utf16 = (text: string) => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));
const pad = (head: string) => (random: Random) => join(head, randomBytes(random, 400));

/** Files of other kinds under an image's name: no image at all, so E_IMG_UNSUPPORTED. */
const UNSUPPORTED: Readonly<Record<string, Make>> = {
  'a single byte': (random) => randomBytes(random, 1),
  'plain text': () => join('Lorem ipsum dolor sit amet, consectetur adipiscing elit.\n'.repeat(20)),
  'a web page': () => join('<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>'),
  'a JSON answer': () => join('{"error":{"code":403,"message":"Forbidden"}}'),
  'an XML error of a store': () =>
    join('<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Key>a.svg</Key></Error>'),
  'a pointer of Git LFS': () => join('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'),
  'a shell script': () => join('#!/bin/sh\nrm -rf "$HOME"\n'),
  'a ZIP': pad('PK\x03\x04\x14\0\0\0'),
  'an ELF program': pad('\x7fELF\x02\x01\x01\0'),
  'a Windows program': pad('MZ\x90\0\x03'),
  'a Java class': pad('\xca\xfe\xba\xbe\0\0\0\x34'),
  'a 7z archive': pad("7z\xbc\xaf'\x1c"),
  'a gzip': (random) => new Uint8Array(gzipSync(randomBytes(random, 300))),
  'a zlib stream': (random) => new Uint8Array(deflateSync(randomBytes(random, 300))),
  'an SVG in gzip': () => new Uint8Array(gzipSync(SVG)),
  'an SQLite database': pad('SQLite format 3\0'),
  'an MP4 film': pad('\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41'),
  'an MP3': pad('ID3\x04\0\0\0\0\0\0'),
  'an Ogg': pad('OggS\0\x02'),
  'a WAV (RIFF, but not WebP)': pad('RIFF\x24\x04\0\0WAVEfmt '),
  'an AVI (RIFF, but not WebP)': pad('RIFF\x24\x04\0\0AVI LIST'),
  'random bytes': (random) => join('\x03', randomBytes(random, 1000)),
  zeros: () => new Uint8Array(5000),
  'ones in every bit': () => new Uint8Array(5000).fill(255),
  'a JPEG as base64': async (random) => join(Buffer.from(await photo(random, 'jpeg')).toString('base64')),
  'a JPEG as a data URL': async (random) =>
    join(`data:image/jpeg;base64,${Buffer.from(await photo(random, 'jpeg')).toString('base64')}`),
  'a JPEG behind a line end': async (random) => join('\n', await photo(random, 'jpeg')),
  'a JPEG without its first byte': async (random) => (await photo(random, 'jpeg')).subarray(1),
  'a PNG behind a byte order mark': async (random) => join('\xef\xbb\xbf', await photo(random, 'png')),
  'a PNG whose line ends were translated': async (random) =>
    join(
      Buffer.from(await photo(random, 'png'))
        .toString('latin1')
        .replaceAll('\r\n', '\n'),
    ),
  'a PNG through UTF-8': async (random) =>
    new Uint8Array(Buffer.from(Buffer.from(await photo(random, 'png')).toString('utf8'))),
  'a GIF of a version that is not': async (random) =>
    join('GIF90a', (await photo(random, 'gif')).subarray(6)),
  'a file of zeros as long as an image (a disk that was full)': async (random) =>
    new Uint8Array((await photo(random, 'jpeg')).length),
};

/** Image formats that are refused on purpose: E_IMG_FORMAT_DENIED. */
const DENIED: Readonly<Record<string, Make>> = {
  'an SVG': () => join(SVG),
  'an SVG behind a declaration and a comment': () =>
    join(`\n<?xml version="1.0"?><!-- ${'x'.repeat(2000)} -->${SVG}`),
  'an SVG with a byte order mark': () => join(`\xef\xbb\xbf${SVG}`),
  'an SVG in UTF-16': () => utf16(SVG),
  'an SVG that names files': () =>
    join('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="s"><text>&x;</text></svg>'),
  'an SVG with a prefix': () => join('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>'),
  'a TIFF': pad('II*\0\x08\0\0\0'),
  'a TIFF of the other byte order': pad('MM\0*\0\0\0\x08'),
  'a BigTIFF': pad('II+\0\x08\0\0\0'),
  'a PDF': pad('%PDF-1.7\n'),
  'a PostScript': pad('%!PS-Adobe-3.0\n'),
  'an AVIF': pad('\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf'),
  'an AVIF whose brand comes late': pad('\0\0\0\x20ftypmif1\0\0\0\0miafMA1Bavif'),
  'a HEIC': pad('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
  'a BMP': pad('BM\x36\x03\0\0'),
  'an ICO': pad('\0\0\x01\0\x01\0'),
  'a CUR': pad('\0\0\x02\0\x01\0'),
  'a Photoshop file': pad('8BPS\0\x01'),
  'a JPEG 2000': pad('\0\0\0\x0cjP  \r\n\x87\n'),
  'a bare JPEG 2000': pad('\xff\x4f\xff\x51'),
  'a JPEG XL': pad('\xff\x0a'),
  'a boxed JPEG XL': pad('\0\0\0\x0cJXL \r\n\x87\n'),
  'an OpenEXR': pad('\x76\x2f\x31\x01'),
  'a Radiance file': pad('#?RADIANCE\n'),
  'a DirectDraw surface': pad('DDS \x7c\0\0\0'),
  'a portable pixel map': pad('P6\n9 9\n255\n'),
  'a QOI': pad('qoif\0\0\0\x09'),
  'a GIMP file': pad('gimp xcf v011\0'),
};

const table = (makes: Readonly<Record<string, Make>>, expect: BadKind['expect']): BadKind[] =>
  Object.entries(makes).map(([name, make]) => ({ name, format: 'other', expect, make }));

/** What is no JPEG, PNG, WebP or GIF. */
export const OTHER_BAD: readonly BadKind[] = [
  { name: 'no byte', format: 'other', expect: ['E_IMG_EMPTY'], make: () => new Uint8Array(0) },
  ...table(UNSUPPORTED, ['E_IMG_UNSUPPORTED']),
  ...table(DENIED, ['E_IMG_FORMAT_DENIED']),
  ...(['\xff\xd8', '\x89PN', 'GIF8', 'RIFF'] as const).map(
    (head): BadKind => ({
      name: `the first ${head.length} bytes of an image (${JSON.stringify(head)})`,
      format: 'other',
      expect: ['E_IMG_TRUNCATED'],
      make: () => join(head),
    }),
  ),
  {
    name: 'a JPEG with 64 MiB behind it',
    format: 'jpeg',
    expect: ['E_IMG_TOO_LARGE'],
    make: async (random) => {
      const bytes = new Uint8Array(64 * 2 ** 20 + 1);
      bytes.set(await photo(random, 'jpeg'));
      return bytes;
    },
  },
];
