/**
 * The bytes of a `ReportData` before they are compressed: a head in JSON, whose length stands in the first
 * four bytes, then columns, each at a multiple of four. Little-endian, as every platform that runs this is.
 */
import type { Points, ReportData, ReportFacts } from './report-data.ts';
import { NEAREST_KEPT, NONE_INDEX } from './report-data.ts';

interface Head {
  readonly format: 'verger-report-data-1';
  readonly facts: ReportFacts;
  readonly tiles: number;
  readonly spriteBytes: readonly number[];
  readonly points: {
    readonly rows: number;
    readonly count: number;
    readonly components: number;
    readonly pathBytes: number;
    /** Of each component: what 0 and 65,535 stand for. */
    readonly ranges: readonly (readonly [number, number])[];
  } | null;
}

const LEVELS = 0xffff;
const padded = (bytes: number) => (bytes + 3) & ~3;

/** Packs a report's data. Cost: 100 ms for 100,000 points. */
export function packColumns({ facts, points, sprites, tiles }: ReportData): Uint8Array {
  const columns: Uint8Array[] = [];
  const ranges: [number, number][] = [];
  let pathBytes = 0;
  if (points !== null) {
    for (let at = 0; at < points.components; at += 1) {
      const values = points.values.subarray(at * points.count, (at + 1) * points.count);
      const { range, levels } = quantise(values);
      ranges.push(range);
      columns.push(bytesOf(levels));
    }
    columns.push(bytesOf(points.labels), bytesOf(points.nearest), bytesOf(points.tiles));
    const paths = new TextEncoder().encode(JSON.stringify(frontCoded(points.paths)));
    pathBytes = paths.byteLength;
    columns.push(paths);
  }
  const head: Head = {
    format: 'verger-report-data-1',
    ...{ facts, tiles, spriteBytes: sprites.map(({ byteLength }) => byteLength) },
    points: points && {
      ...{ rows: points.rows, count: points.count, components: points.components },
      ...{ pathBytes, ranges },
    },
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(Uint32Array.of(text.byteLength).buffer);
  return joined([length, text, ...columns, ...sprites]);
}

/**
 * What `packColumns` packed. Errors: for other bytes a plain Error: a dashboard reads them from any bucket.
 */
export function unpackColumns(bytes: Uint8Array): ReportData {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const [length = 0] = new Uint32Array(buffer, byteOffset, 1);
  const text = new TextDecoder().decode(aligned.subarray(4, 4 + length));
  const head = JSON.parse(text) as Head;
  if (head.format !== 'verger-report-data-1') throw new Error(`unknown report data: ${head.format}`);
  let at = padded(4) + padded(length);
  const take = (byteLength: number) => {
    check(Number.isSafeInteger(byteLength) && byteLength >= 0 && at + byteLength <= aligned.byteLength);
    const from = byteOffset + at;
    at += padded(byteLength);
    return { from, byteLength };
  };
  const shorts = (count: number) => new Uint16Array(buffer, take(count * 2).from, count);
  const raw = (byteLength: number) => new Uint8Array(buffer, take(byteLength).from, byteLength);
  check(Array.isArray(head.facts.labels) && Array.isArray(head.spriteBytes));
  let points: Points | null = null;
  if (head.points !== null) {
    const { rows, count, components, pathBytes, ranges } = head.points;
    check(ranges.length === components && components * count * 2 <= aligned.byteLength);
    const values = new Float32Array(components * count);
    for (const [component, range] of ranges.entries()) {
      values.set(dequantise(shorts(count), range), component * count);
    }
    const labels = shorts(count);
    const nearest = shorts(count * NEAREST_KEPT);
    const tiles = shorts(count);
    const paths = fromFrontCoded(JSON.parse(new TextDecoder().decode(raw(pathBytes))) as FrontCoded);
    check(paths.length === count);
    checkPlaces(labels, head.facts.labels.length);
    checkPlaces(nearest, head.facts.labels.length);
    checkPlaces(tiles, head.tiles);
    points = { rows, count, components, values, labels, nearest, tiles, paths };
  }
  const sprites = head.spriteBytes.map((byteLength) => raw(byteLength));
  return { facts: head.facts, tiles: head.tiles, points, sprites };
}

function check(isTrue: boolean): void {
  if (!isTrue) throw new Error('the report data is damaged');
}

/** Each is the place of something that is there, or of none. */
function checkPlaces(places: Uint16Array, length: number): void {
  for (const place of places) check(place < length || place === NONE_INDEX);
}

/** A path that is longer is no path; letters. */
const MOST_PATH = 8 * 1024;

/** Of each text the number of letters that it shares with the one before, and the rest. */
type FrontCoded = readonly (string | number)[];

function frontCoded(texts: readonly string[]): FrontCoded {
  let before = '';
  return texts.flatMap((text) => {
    let shared = 0;
    while (shared < text.length && text[shared] === before[shared]) shared += 1;
    before = text;
    return [shared, text.slice(shared)];
  });
}

function fromFrontCoded(coded: FrontCoded): string[] {
  const texts: string[] = [];
  let before = '';
  for (let at = 0; at < coded.length; at += 2) {
    before = before.slice(0, Number(coded[at])) + String(coded[at + 1]);
    check(before.length <= MOST_PATH);
    texts.push(before);
  }
  return texts;
}

function quantise(values: Float32Array): { range: [number, number]; levels: Uint16Array } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) [low, high] = [0, 0];
  const scale = high > low ? LEVELS / (high - low) : 0;
  const levels = Uint16Array.from(values, (value) => Math.round((value - low) * scale));
  return { range: [low, high], levels };
}

function dequantise(levels: Uint16Array, [low, high]: readonly [number, number]): Float32Array {
  const step = (high - low) / LEVELS;
  return Float32Array.from(levels, (level) => low + level * step);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + padded(byteLength), 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += padded(part.byteLength);
  }
  return whole;
}
