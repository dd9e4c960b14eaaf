import { type ErrorEntry, environmental, image } from './entry.ts';

/** Codes of images: those of their bytes and names, then those of their surroundings. */
export const IMAGE_ERRORS = {
  E_IMG_EMPTY: image('The file has no bytes.', 'Restore the image, or delete it, and run again.'),
  E_IMG_TRUNCATED: image(
    'The image ends before its last pixel.',
    'Copy the image again from its source; it was cut short.',
  ),
  E_IMG_UNSUPPORTED: image(
    'The bytes are not those of an image format that is read (JPEG, PNG, WebP, GIF).',
    'Convert it to JPEG, PNG, WebP or GIF, or leave it out with --glob.',
  ),
  E_IMG_FORMAT_DENIED: image(
    'The bytes are of a format that is refused on purpose (SVG, TIFF, PDF, AVIF and others).',
    'Convert it to JPEG, PNG, WebP or GIF; TIFF and AVIF are opened with --formats +tiff,+avif.',
  ),
  E_IMG_TOO_LARGE: image('The file is larger than 64 MiB.', 'Store a smaller copy of the image.'),
  E_IMG_TOO_MANY_PIXELS: image(
    'The image has more pixels than are allowed (50 million by default).',
    'Store a smaller copy of the image, or raise --max-pixels and --child-memory with it (docs/images.md).',
  ),
  E_IMG_DECODE: image(
    'The decoder found the image damaged.',
    'Open it in a viewer; copy it again from its source.',
  ),
  E_IMG_FEATURES: image(
    'The network gave a feature that is not a number in [0, 8).',
    'Check the weights with `verger weights`; other weights may not suit this image.',
  ),
  E_IMG_NAME: image(
    'The file name is not UTF-8; the path is shown with its odd bytes escaped.',
    'Rename the file, and run again.',
  ),
  E_IMG_KEY: image(
    'The key in the bucket is no path: it has an empty segment, "." or "..".',
    'Copy the object to another key, and run again.',
  ),
  E_IMG_NOT_A_FILE: image(
    'It is a FIFO, a socket, a device or a folder under an image name.',
    'Remove it, or leave it out with --glob.',
  ),
  E_IMG_OUTSIDE_ROOT: image(
    'It is a symbolic link to nothing, or to a place that may not be read: out of the images folder, or ' +
      'of the roots of a worker.',
    'Give --follow-links; if it was given, restore the target, or start workers with an --allow-root ' +
      'above it and run again with another --name.',
  ),
  E_IMG_READ: environmental(
    'The image could not be read.',
    'Check the disk or the store, then run again with another --name.',
  ),
  E_IMG_FORBIDDEN: environmental(
    'Reading the image was not permitted.',
    'Grant read permission on it, then run again with another --name.',
  ),
  E_IMG_ARCHIVED: environmental(
    'The image is archived: its store gives the bytes only once it is restored.',
    'Restore it (such as `aws s3api restore-object`), then run again with another --name.',
  ),
  E_IMG_ENCRYPTED: environmental(
    'The store cannot use the key that the image is encrypted with.',
    'Enable its KMS key and grant kms:Decrypt, or copy it without a key of your own (SSE-C), then run ' +
      'again with another --name.',
  ),
  E_IMG_REFUSED: environmental(
    'The store refused to give the image, and would refuse again.',
    'Look up storeCode in the documentation of the store; `verger status RUN` has its sentence. Then run ' +
      'again with another --name.',
  ),
  E_IMG_MISSING: environmental(
    'The image was listed and is gone.',
    'Restore it, or run again: the folder is then listed again.',
  ),
  E_IMG_CHANGED: environmental(
    'The image is no longer the one that was listed (size, time or etag differ).',
    'Run again: the folder is then listed again.',
  ),
  E_IMG_TIMEOUT: environmental(
    'Decoding the image took more CPU time than is allowed.',
    'Look at the image; leave it out if it is hostile, or raise --image-cpu and run again with another ' +
      '--name.',
  ),
  E_IMG_CRASH: environmental(
    'The child process died while it worked on the image.',
    'Look at the image; leave it out if it is hostile.',
  ),
  E_IMG_MEMORY: environmental(
    'The child process needed more memory for the image than is allowed.',
    'Store a smaller copy of the image, or raise --child-memory and run again with another --name.',
  ),
} as const satisfies Record<string, ErrorEntry>;
