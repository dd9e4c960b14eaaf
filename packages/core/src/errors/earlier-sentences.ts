import { ERRORS, type ImageErrorCode } from './errors.ts';

/**
 * What the codes of images were called in earlier releases: `what` is the reason in quarantine and report, `next` stands in the report.
 * Files of those releases hold these sentences, and are no less good for it. Frozen: a release that changes a sentence adds the one before.
 */
const EARLIER: Readonly<
  Partial<Record<ImageErrorCode, readonly { readonly what: string; readonly next: string }[]>>
> = {
  E_IMG_EMPTY: [{ what: 'The file has no bytes.', next: 'Restore the image, or delete it, and run again.' }],
  E_IMG_TRUNCATED: [
    {
      what: 'The image ends before its last pixel.',
      next: 'Copy the image again from its source; it was cut short.',
    },
  ],
  E_IMG_UNSUPPORTED: [
    {
      what: 'The bytes are not those of an image format that is read (JPEG, PNG, WebP, GIF).',
      next: 'Convert it to JPEG, PNG, WebP or GIF, or leave it out with --glob.',
    },
  ],
  E_IMG_FORMAT_DENIED: [
    {
      what: 'The bytes are of a format that is refused on purpose (SVG, TIFF, PDF, AVIF and others).',
      next: 'Convert it to JPEG, PNG, WebP or GIF.',
    },
  ],
  E_IMG_TOO_LARGE: [{ what: 'The file is larger than 64 MiB.', next: 'Store a smaller copy of the image.' }],
  E_IMG_TOO_MANY_PIXELS: [
    { what: 'The image has more than 50 million pixels.', next: 'Store a smaller copy of the image.' },
  ],
  E_IMG_DECODE: [
    {
      what: 'The decoder found the image damaged.',
      next: 'Open it in a viewer; copy it again from its source.',
    },
  ],
  E_IMG_FEATURES: [
    {
      what: 'The network gave a feature that is not a number in [0, 8).',
      next: 'Check the weights with `npx --no verger weights`; other weights may not suit this image.',
    },
  ],
  E_IMG_NAME: [
    {
      what: 'The file name is not UTF-8; the path is shown with its odd bytes escaped.',
      next: 'Rename the file, and run again.',
    },
  ],
  E_IMG_KEY: [
    {
      what: 'The key in the bucket is no path: it has an empty segment, "." or "..".',
      next: 'Copy the object to another key, and run again.',
    },
  ],
  E_IMG_NOT_A_FILE: [
    {
      what: 'It is a FIFO, a socket, a device or a folder under an image name.',
      next: 'Remove it, or leave it out with --glob.',
    },
  ],
  E_IMG_OUTSIDE_ROOT: [
    {
      what: 'It is a symbolic link that leads out of the images folder, or to nothing.',
      next: 'Copy the image into the folder, or remove the link.',
    },
  ],
  E_IMG_READ: [
    {
      what: 'The image could not be read.',
      next: 'Check the disk or the store, then run again with another --name.',
    },
  ],
  E_IMG_FORBIDDEN: [
    {
      what: 'Reading the image was not permitted.',
      next: 'Grant read permission on it, then run again with another --name.',
    },
  ],
  E_IMG_REFUSED: [
    {
      what: 'The store refused to give the image, and would refuse again.',
      next: 'Look up storeCode in the documentation of the store; `npx --no verger status RUN` has its sentence. Then run again with another --name.',
    },
  ],
  E_IMG_MISSING: [
    { what: 'The image was listed and is gone.', next: 'Restore it, or run again to list the folder anew.' },
  ],
  E_IMG_CHANGED: [
    {
      what: 'The image is no longer the one that was listed (size, time or etag differ).',
      next: 'Run again to list the folder anew.',
    },
  ],
  E_IMG_TIMEOUT: [
    {
      what: 'Decoding the image took more CPU time than is allowed.',
      next: 'Look at the image; leave it out if it is hostile, or raise --image-cpu and run again with another --name.',
    },
  ],
  E_IMG_CRASH: [
    {
      what: 'The child process died while it worked on the image.',
      next: 'Look at the image; leave it out if it is hostile.',
    },
  ],
  E_IMG_MEMORY: [
    {
      what: 'The child process needed more memory for the image than is allowed.',
      next: 'Store a smaller copy of the image, or raise --child-memory and run again with another --name.',
    },
  ],
};

/** True when this release, or an earlier one, gives a code of an image this reason. */
export function isReasonOf(code: ImageErrorCode, reason: string): boolean {
  return reason === ERRORS[code].what || (EARLIER[code] ?? []).some(({ what }) => what === reason);
}

/** True when this release, or an earlier one, tells the reader of a code of an image to do this next. */
export function isNextOf(code: ImageErrorCode, next: string): boolean {
  return next === ERRORS[code].next || (EARLIER[code] ?? []).some((earlier) => earlier.next === next);
}
