import { createRequire } from 'node:module';
import type { ImageHeader } from './image-header.ts';

/** Above this many pixels sharp's vector code wins against its cost of 1 ms an image. */
const SMALL_PIXELS = 256 * 256;
/** More would have to be metadata; they stay out of the decoder's memory. */
const SMALL_BYTES = 1024 * 1024;
/** A refusal leaves a little of the decoder's memory taken: after so many it is replaced. */
const REFUSALS = 64;

/**
 * The package's `JPEGDecoder` (Emscripten), as far as it is used. Numbers are thrown for errors and for
 * warnings.
 */
interface TurboDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
}

type TurboModule = (options: {
  print(line: string): void;
  printErr(line: string): void;
}) => Promise<{ readonly JPEGDecoder: new () => TurboDecoder }>;

let opened: Promise<TurboDecoder> | undefined;
let refusals = 0;

async function openDecoder(): Promise<TurboDecoder> {
  const load = createRequire(import.meta.url)(
    '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs',
  ) as TurboModule;
  const { JPEGDecoder } = await load({ print: () => {}, printErr: () => {} });
  return new JPEGDecoder();
}

/**
 * Whether `decodeSmallJpeg` is for an image: three components of 8 bits, sequential or progressive Huffman,
 * small.
 */
export function isSmallJpeg(bytes: Uint8Array, header: ImageHeader | undefined): header is ImageHeader {
  return (
    header?.plainJpeg === true && header.width * header.height <= SMALL_PIXELS && bytes.length <= SMALL_BYTES
  );
}

/**
 * A small JPEG as RGB by libjpeg-turbo in WebAssembly: the pixels that sharp (the same library, natively)
 * gives, without what sharp does around them. Undefined when there is anything to object to, down to a
 * warning: then sharp decides, and its words give the code. Only a damaged image whose coefficients no
 * encoder makes can have other pixels here. Cost: 0.2 ms for 100×100; 20 ms once.
 */
export async function decodeSmallJpeg(
  bytes: Uint8Array,
  { width, height }: ImageHeader,
): Promise<Uint8Array | undefined> {
  try {
    opened ??= openDecoder();
    const decoder = await opened;
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const frame = decoder.getFrameInfo();
    const same = frame.width === width && frame.height === height && frame.componentCount === 3;
    // A copy: the decoder's memory is the next image's.
    return same ? new Uint8Array(decoder.getDecodedBuffer()) : undefined;
  } catch {
    refusals += 1;
    // Also one that could not be opened is tried again later; until then sharp does its work.
    if (refusals >= REFUSALS) {
      refusals = 0;
      opened = undefined;
    }
    return undefined;
  }
}
