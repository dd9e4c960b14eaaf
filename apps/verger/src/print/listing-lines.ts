import { counted, formatCount, type LeftOut, type Manifest, printable } from '@verger/core';
import { leftOutText, linksText } from '@verger/listing';

/** The run that a command is about, where its block would not say. */
export function runLine({ runId, listing, images }: Manifest): string {
  return `run ${runId}: ${counted(listing.images, 'image')} of ${printable(images)}`;
}

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
