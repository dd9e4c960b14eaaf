import { join, resolve } from 'node:path';
import { keyFault } from './names.ts';
import { isS3Location, parseS3Location } from './s3/place.ts';

/**
 * Why a storage cannot hold a key beside those before it. `name`: a segment is too long. `path`: the whole
 * is. `below-file`: a folder on its way is a file. `key`: it is no path there.
 */
export type Unholdable = 'name' | 'path' | 'below-file' | 'key';

/** NAME_MAX of Linux' file systems and of APFS. */
const NAME_BYTES = 255;
/** PATH_MAX, less the zero at the end (Linux: limits.h; macOS: sys/syslimits.h). */
const PATH_BYTES = process.platform === 'darwin' ? 1023 : 4095;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const S3_KEY_BYTES = 1024;

/**
 * A judge of keys that come in byte order: says of each why the storage at that location cannot hold it,
 * undefined when it can. Of a file and of what is below a folder of that name, the file is held, as it comes
 * first. Memory: a few keys. Errors: E_USAGE.
 */
export function holdable(location: string): (key: string) => Unholdable | undefined {
  if (isS3Location(location)) {
    const before = Buffer.byteLength(parseS3Location(location).prefix);
    return (key) => {
      if (keyFault(key, { temporary: true }) !== undefined) return 'key';
      return before + Buffer.byteLength(key) > S3_KEY_BYTES ? 'path' : undefined;
    };
  }
  const root = resolve(location);
  /** Held keys, each of which the next begins with: a later key below one of them begins with all. */
  let files: string[] = [];
  return (key) => {
    if (keyFault(key, { temporary: false }) !== undefined) return 'key';
    if (key.split('/').some((segment) => Buffer.byteLength(segment) > NAME_BYTES)) return 'name';
    if (Buffer.byteLength(join(root, key)) > PATH_BYTES) return 'path';
    files = files.filter((file) => key.startsWith(file));
    if (files.some((file) => key[file.length] === '/')) return 'below-file';
    files.push(key);
    return undefined;
  };
}
