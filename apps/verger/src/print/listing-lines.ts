import { counted, formatCount, type LeftOut, type Manifest, printable } from '@verger/core';
import { leftOutText, linksText } from '@verger/listing';

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
