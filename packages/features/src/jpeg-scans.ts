const SCAN = Buffer.of(0xff, 0xda);
const END = 0xd9;

/** What stands alone inside a scan's data or between segments: a stuffed zero, a fill byte, TEM, a restart. */
const isAlone = (marker: number) =>
  marker === 0 || marker === 0xff || marker === 1 || (marker >= 0xd0 && marker <= 0xd8);

/** Starts of scans before the end of the image, counted marker by marker: those in segments and behind the end are none. */
function countScans(file: Buffer, most: number): number {
  let count = 0;
  let at = file.indexOf(0xff, 2);
  while (at >= 0 && at + 3 < file.length && count <= most) {
    const marker = file[at + 1] ?? 0;
    if (marker === END) break;
    if (marker === SCAN[1]) count += 1;
    const next = marker === 0xff ? 1 : isAlone(marker) ? 2 : 2 + Math.max(2, file.readUInt16BE(at + 2));
    at = file.indexOf(0xff, at + next);
  }
  return count;
}

/**
 * True when a JPEG has more than so many scans (ITU T.81, B.2.3). Its two bytes are looked for first; only a file with that many of them is
 * walked, because a video behind the image may hold them by chance. Cost: one pass over the bytes at memory speed, seldom two.
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
