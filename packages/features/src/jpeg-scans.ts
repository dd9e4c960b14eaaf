const SCAN = Buffer.of(0xff, 0xda);

/**
 * True when a JPEG has more than so many scans (ITU T.81, B.2.3): a marker cannot stand inside a scan's data, so its two bytes are
 * looked for and nothing is parsed; one in a comment or a thumbnail counts as well. Cost: one pass over the bytes at memory speed.
 */
export function hasMoreScans(bytes: Uint8Array, most: number): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = file.indexOf(SCAN); at >= 0; at = file.indexOf(SCAN, at + 2)) {
    count += 1;
    if (count > most) return true;
  }
  return false;
}
