import sharpLibrary from 'sharp';

/** Versions of sharp and of its libvips, for `verger doctor` and reports. */
export function sharpVersions(): { sharp: string; libvips: string } {
  const { sharp = 'unknown', vips = 'unknown' } = sharpLibrary.versions;
  return { sharp, libvips: vips };
}
