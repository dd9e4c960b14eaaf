/**
 * Markers without a length (ITU T.81, table B.1): fill bytes, stuffed zeros, TEM, restarts. libjpeg passes
 * over them between segments.
 */
export const isAlone = (marker: number): boolean =>
  marker === 0xff || marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd7);

/**
 * Segments that may be before a frame, and between a scan and the end: tables, DNL, DRI, applications' own,
 * comments. libjpeg refuses all others there.
 */
export const isSegment = (marker: number): boolean =>
  marker === 0xc4 ||
  marker === 0xcc ||
  (marker >= 0xdb && marker <= 0xdd) ||
  (marker & 0xf0) === 0xe0 ||
  marker === 0xfe;
