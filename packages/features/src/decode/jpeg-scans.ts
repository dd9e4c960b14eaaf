import { isAlone, isSegment } from './jpeg-markers.ts';

const SCAN = Buffer.of(0xff, 0xda);
const START = 0xd8;
const END = 0xd9;

/** A second start of the image has no length either. */
const hasNoLength = (marker: number) => marker === START || isAlone(marker);

/**
 * Starts of scans before the end of the image, counted marker by marker: those in segments and behind the end
 * are none.
 */
function countScans(file: Buffer, most: number): number {
  let count = 0;
  let at = file.indexOf(0xff, 2);
  while (at >= 0 && at + 3 < file.length && count <= most) {
    const marker = file[at + 1] ?? 0;
    if (marker === END) break;
    if (marker === SCAN[1]) count += 1;
    const next = marker === 0xff ? 1 : hasNoLength(marker) ? 2 : 2 + Math.max(2, file.readUInt16BE(at + 2));
    at = file.indexOf(0xff, at + next);
  }
  return count;
}

/**
 * True when a JPEG has more than so many scans (ITU T.81, B.2.3). Its two bytes are looked for first; only a
 * file with that many of them is walked, because a video behind the image may hold them by chance. Cost: one
 * pass over the bytes at memory speed, seldom two.
 */
export function hasMoreScans(bytes: Uint8Array, most: number): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = file.indexOf(SCAN); at >= 0; at = file.indexOf(SCAN, at + 2)) {
    count += 1;
    if (count > most) return countScans(file, most) > most;
  }
  return false;
}

/**
 * Where the first scan's data begins, if it is a scan of all components of a sequential JPEG: then there is
 * no other one.
 */
function onlyScan(file: Buffer): number | undefined {
  let components: number | undefined;
  for (let at = 2; at + 4 < file.length; ) {
    const marker = file[at + 1]!;
    if (file[at] !== 0xff) at += 1;
    else if (marker === 0xff) at += 1;
    else if (hasNoLength(marker)) at += 2;
    else {
      if (marker === SCAN[1])
        return components === file[at + 4] ? at + 2 + file.readUInt16BE(at + 2) : undefined;
      const isSequential = marker === 0xc0 || marker === 0xc1 || marker === 0xc9;
      if (isSequential) components = file[at + 9];
      at += 2 + file.readUInt16BE(at + 2);
    }
  }
  return undefined;
}

/**
 * True when something other than a restart, the end of the image, whole segments or the end of the bytes
 * follows the data of a JPEG's only scan: libjpeg stops there, fills up the rest of the picture and warns;
 * Pillow refuses what it meets. JPEGs of several scans are read to their end in any case. Ask it only when
 * there was a warning. Cost: one pass over the bytes.
 */
export function breaksInScan(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = onlyScan(file);
  if (from === undefined) return false;
  for (let at = file.indexOf(0xff, from); at >= 0 && at + 1 < file.length; ) {
    const marker = file[at + 1]!;
    if (marker === END) return false;
    if (marker === 0xff) at += 1;
    else if (isAlone(marker)) at = file.indexOf(0xff, at + 2);
    else {
      if (!isSegment(marker) || at + 3 >= file.length) return true;
      at += 2 + file.readUInt16BE(at + 2);
      if (at < file.length ? file[at] !== 0xff : at > file.length) return true;
    }
  }
  return false;
}
