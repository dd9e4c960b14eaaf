import { type LeftOut, type Manifest, printable } from '@verger/core';
import { type ListingSpool, leftOutText, linksText } from '@verger/listing';
import type { CommandInput } from '../cli/command.ts';
import { archivedText } from './archived-text.ts';
import { counted, formatBytes, formatCount, indent } from './text.ts';

/** What a listing left out, as aligned lines; none when it took everything. */
export function leftOutLines(leftOut: LeftOut | undefined): string[] {
  if (leftOut === undefined) return [];
  const files = leftOutText(leftOut);
  return [
    ...(files === undefined ? [] : [`left out    ${printable(files)}`]),
    ...linksText(leftOut).map((line) => `links       ${line}`),
  ];
}

/** That images have an empty label although a rule was to give them one. */
export function labelLines(
  { images, unlabelled }: { readonly images: number; readonly unlabelled: number },
  { images: folder, extraction: { label } }: Pick<Manifest, 'images' | 'extraction'>,
): string[] {
  if (unlabelled === 0 || label === 'none') return [];
  const which = unlabelled === images ? `all ${formatCount(images)} images` : counted(unlabelled, 'image');
  if (label !== 'parent') return [`no label    ${which}: --label gives nothing for their paths`];
  const where = printable(folder);
  return [`no label    ${which}: directly in ${where}, and a label is the name of a folder below it`];
}

/** A listing that was planned, and what it met. */
export interface PlannedListing {
  readonly manifest: Manifest;
  readonly spool: ListingSpool;
  readonly leftOut: LeftOut;
  /** Images of a storage class whose bytes are given only after a restore. */
  readonly archived: number;
}

/** What was found, before the work begins. */
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
