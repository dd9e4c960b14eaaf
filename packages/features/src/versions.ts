import { preparedSharp } from './decode/sharp.ts';

/** Versions of sharp and of its libvips, for `verger doctor`. */
export function sharpVersions(): { sharp: string; libvips: string } {
  const { sharp = 'unknown', vips = 'unknown' } = preparedSharp().versions;
  return { sharp, libvips: vips };
}
