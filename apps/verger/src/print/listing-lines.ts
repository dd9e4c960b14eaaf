import { type LeftOut, type Manifest, printable } from '@verger/core';
import { type ListingSpool, leftOutText, linksText } from '@verger/listing';
import type { CommandInput } from '../cli/command.ts';
import { archivedText } from './archived-text.ts';
import { counted, formatBytes, formatCount, indent } from './text.ts';

/** What a listing left out, as aligned lines; none if it took everything. */
export function leftOutLines(leftOut: LeftOut | undefined): string[] {
  if (leftOut === undefined) return [];
  const files = leftOutText(leftOut);
  return [
    ...(files === undefined ? [] : [`left out    ${printable(files)}`]),
    ...linksText(leftOut).map((line) => `links       ${line}`),
  ];
}

/** A line on images that have no label although a rule should give them one. */
export function labelLines(
  { images, unlabelled }: { readonly images: number; readonly unlabelled: number },
  { images: folder, extraction: { label } }: Pick<Manifest, 'images' | 'extraction'>,
): string[] {
  if (unlabelled === 0 || label === 'none') return [];
  const which = unlabelled === images ? `all ${formatCount(images)} images` : counted(unlabelled, 'image');
  if (label !== 'parent') return [`no label    ${which}: the --label rule gives none for their paths`];
  const where = printable(folder);
  return [`no label    ${which}: directly in ${where}, but labels are the names of folders inside it`];
}

/** A planned listing, and what it left out. */
export interface PlannedListing {
  readonly manifest: Manifest;
  readonly spool: ListingSpool;
  readonly leftOut: LeftOut;
  /** Images in a storage class that must be restored before reading. */
  readonly archived: number;
}

/** Prints what was found, before the work starts. */
export function noteListing(
  { out }: CommandInput,
  { manifest, spool, leftOut, archived }: PlannedListing,
): void {
  const images = `${counted(spool.images, 'image')} (${formatBytes(spool.bytes)})`;
  const cut = `${counted(spool.labels, 'label')}, ${counted(manifest.partitions.length, 'partition')}`;
  out.note(`run ${manifest.runId}: ${images}, ${cut}`);
  const lines = [...leftOutLines(leftOut), ...labelLines(spool, manifest)];
  if (lines.length > 0) out.note(indent(lines.join('\n')));
  if (archived > 0) out.note(`warning: ${archivedText(archived, spool.images)}`);
}
