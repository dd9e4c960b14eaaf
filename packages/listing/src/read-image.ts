import {
  type ErrorCode,
  type ImageErrorCode,
  type ImageRef,
  isAtLimit,
  MAX_IMAGE_BYTES,
  type ReadResult,
  type Storage,
  VergerError,
} from '@verger/core';

/** What the system or the store said when it did not give an image. */
export interface Said {
  /** Its sentence: for failure records and errors, never for a file whose bytes are promised. */
  readonly sentence: string;
  /** The store's own code, where it gave one: for the quarantine. */
  readonly storeCode?: string | undefined;
  /** What the run ends with when most images have it. */
  readonly ifMost: ErrorCode;
}

/** The bytes of an image, or why they cannot be had. */
export type ImageRead =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly code: ImageErrorCode; readonly said?: Said };

/**
 * The bytes of a listed image, or why they cannot be had. An image that is not the listed one any more (size
 * or version) is E_IMG_CHANGED: its features would be those of another image. Where links are followed, one
 * that leads to where this process may not read is E_IMG_OUTSIDE_ROOT. Throws what stops the whole job
 * (E_INPUT_MISSING, abort, E_STORAGE where no more files can be opened).
 */
export async function readImage(images: Storage, image: ImageRef, signal?: AbortSignal): Promise<ImageRead> {
  if (image.refused !== undefined) return { ok: false, code: image.refused };
  if (image.bytes > MAX_IMAGE_BYTES) return { ok: false, code: 'E_IMG_TOO_LARGE' };
  try {
    const limits = { maxBytes: image.bytes, ...(signal === undefined ? {} : { signal }) };
    const result = await images.read(image.path, limits);
    switch (result.status) {
      case 'missing':
        return { ok: false, code: 'E_IMG_MISSING' };
      case 'forbidden':
        return refused(result);
      case 'refused': {
        // Whoever listed it could follow the link; this machine may not, so the image is not another one.
        const denied = images.followsLinks === true && result.code === 'E_IMG_OUTSIDE_ROOT';
        return { ok: false, code: denied ? result.code : 'E_IMG_CHANGED' };
      }
      case 'too-large':
        return { ok: false, code: 'E_IMG_CHANGED' };
      case 'read': {
        const same = result.totalBytes === image.bytes && result.version === image.version;
        return same ? { ok: true, bytes: result.bytes } : { ok: false, code: 'E_IMG_CHANGED' };
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof VergerError && error.code === 'E_STORAGE' && !isAtLimit(error.cause)) {
      const { detail: sentence = error.message, storeCode } = error;
      return { ok: false, code: 'E_IMG_READ', said: { sentence, storeCode, ifMost: 'E_INPUT_UNREADABLE' } };
    }
    throw error;
  }
}

/** What a refusal of a store is of one image. */
const IMAGE_CODES: Readonly<Partial<Record<ErrorCode, ImageErrorCode>>> = {
  E_S3_ARCHIVED: 'E_IMG_ARCHIVED',
  E_S3_ENCRYPTED: 'E_IMG_ENCRYPTED',
  E_S3_REFUSED: 'E_IMG_REFUSED',
};

/** The code of an image that may not be read. */
export function refusalCode({ error }: Extract<ReadResult, { status: 'forbidden' }>): ImageErrorCode {
  return (error && IMAGE_CODES[error.code]) ?? 'E_IMG_FORBIDDEN';
}

function refused(result: Extract<ReadResult, { status: 'forbidden' }>): ImageRead {
  const { reason: sentence, error } = result;
  const ifMost = error?.code ?? 'E_INPUT_UNREADABLE';
  return { ok: false, code: refusalCode(result), said: { sentence, storeCode: error?.storeCode, ifMost } };
}

/**
 * Throws E_INPUT_MISSING (or what else is wrong) when the images' root itself is gone, or has nothing in it
 * any more, as a place where a disk was mounted: then no image may be blamed. Who may read the images of a
 * bucket but not list it sees nothing there.
 */
export async function checkImagesRoot(images: Storage, signal?: AbortSignal): Promise<void> {
  try {
    for await (const _ of images.list({ shallow: true, signal })) return;
  } catch (error) {
    if (error instanceof VergerError && error.code === 'E_S3_FORBIDDEN') return;
    throw error;
  }
  const detail = 'It is empty now. Is its disk still mounted?';
  throw new VergerError('E_INPUT_MISSING', { location: images.describe() }, { detail });
}
