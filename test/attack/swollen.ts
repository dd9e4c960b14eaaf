import { GIF_WEBP_ODD } from './gif-webp-odd.ts';
import { JPEG_ODD } from './jpeg-odd.ts';
import type { OddKind } from './kinds.ts';
import { PNG_ODD } from './png-odd.ts';

/** Good images around something that swells, or does not end, when it is looked at. */
export const SWOLLEN: readonly OddKind[] = [...JPEG_ODD, ...PNG_ODD, ...GIF_WEBP_ODD].filter(({ name }) =>
  /swells|thousand|65,535|mebibyte|crumbs/.test(name),
);
