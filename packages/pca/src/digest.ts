import { createHash } from 'node:crypto';
import { canonicalJson, type LabelSums, type Sums } from '@verger/core';
import { compareUtf8 } from './byte-order.ts';
import { littleEndianBytes } from './int64.ts';

/** The kept labels with their sums, by byte order of the label. */
export function sortedLabels(sums: Sums): [label: string, sums: LabelSums][] {
  return [...sums.labels].sort(([a], [b]) => compareUtf8(a, b));
}

/**
 * sha256 of the sums, 64 hexadecimal characters: of one line of canonical JSON (width, count, max, labels
 * with their counts), then the int64 values, little-endian: sum, products, the sum of each label in byte
 * order. 7 ms at width 1,280.
 */
export function sumsDigest(sums: Sums): string {
  const labels = sortedLabels(sums);
  const { width, count, max, labelsTruncated } = sums;
  const head = {
    format: 'verger-sums-digest-1',
    width,
    count,
    max,
    labelsTruncated,
    labels: labels.map(([label, kept]) => [label, kept.count]),
  };
  const hash = createHash('sha256').update(`${canonicalJson(head)}\n`);
  for (const values of [sums.sum, sums.products, ...labels.map(([, kept]) => kept.sum)]) {
    hash.update(littleEndianBytes(values));
  }
  return hash.digest('hex');
}
