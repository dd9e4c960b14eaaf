import type { ExtractionOptions, Manifest, Storage } from '@verger/core';
import type { CommandInput } from './cli/command.ts';

/** The images of a run; links are followed, to any place, where that was asked for. Touches nothing yet. Errors: E_USAGE. */
export function openImages(
  { storages }: Pick<CommandInput, 'storages'>,
  {
    images,
    extraction,
  }: Pick<Manifest, 'images'> & { readonly extraction: Pick<ExtractionOptions, 'followLinks'> },
): Storage {
  return storages.open(images, { follow: extraction.followLinks === true });
}
