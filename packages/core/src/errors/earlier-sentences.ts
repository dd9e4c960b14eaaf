import { ERRORS, type ImageErrorCode } from './errors.ts';

/**
 * Image errors as earlier releases worded them, where they differ from today's: `what` is the reason in
 * quarantine and report, `next` is in the report. Stored runs hold these sentences and remain valid. A
 * release that changes a sentence adds the old one here.
 */
const EARLIER: Readonly<Partial<Record<ImageErrorCode, { readonly what: string; readonly next: string }>>> = {
  E_IMG_FORMAT_DENIED: {
    what: 'The bytes are of a format that is refused on purpose (SVG, TIFF, PDF, AVIF and others).',
    next: 'Convert it to JPEG, PNG, WebP or GIF.',
  },
  E_IMG_TOO_MANY_PIXELS: {
    what: 'The image has more than 50 million pixels.',
    next: 'Store a smaller copy of the image.',
  },
  E_IMG_FEATURES: {
    what: 'The network gave a feature that is not a number in [0, 8).',
    next: 'Check the weights with `npx --no verger weights`; other weights may not suit this image.',
  },
  E_IMG_OUTSIDE_ROOT: {
    what: 'It is a symbolic link that leads out of the images folder, or to nothing.',
    next: 'Copy the image into the folder, or remove the link.',
  },
  E_IMG_MISSING: {
    what: 'The image was listed and is gone.',
    next: 'Restore it, or run again to list the folder anew.',
  },
  E_IMG_CHANGED: {
    what: 'The image is no longer the one that was listed (size, time or etag differ).',
    next: 'Run again to list the folder anew.',
  },
  E_IMG_REFUSED: {
    what: 'The store refused to give the image, and would refuse again.',
    next:
      'Look up storeCode in the documentation of the store; `npx --no verger status RUN` has its ' +
      'sentence. Then run again with another --name.',
  },
};

/** True if this release or an earlier one gives this reason for an image error. */
export function isReasonOf(code: ImageErrorCode, reason: string): boolean {
  return reason === ERRORS[code].what || EARLIER[code]?.what === reason;
}

/** True if this release or an earlier one gives this next step for an image error. */
export function isNextOf(code: ImageErrorCode, next: string): boolean {
  return next === ERRORS[code].next || EARLIER[code]?.next === next;
}
