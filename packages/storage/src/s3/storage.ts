import type { ReadOptions, Storage } from '@verger/core';
import { checkKey, checkPrefix } from '../names.ts';
import type { S3Connection } from './connection.ts';
import { ForbiddenJudge } from './forbidden.ts';
import { listObjects } from './list.ts';
import { parseS3Location, s3Location } from './place.ts';
import { readObject } from './read.ts';
import { createObject, removeObject, replaceObject } from './write.ts';

/**
 * A bucket, or a prefix in one, as a storage. Nothing is connected until it is used. Errors of all calls:
 * E_S3_BUCKET, E_S3_CREDENTIALS, E_S3_EXPIRED, E_S3_CLOCK, E_S3_REGION, E_S3_FORBIDDEN, E_S3_UNREACHABLE;
 * E_STORAGE when the time for attempts is over. E_USAGE at once for what is no location.
 */
export function openS3Storage(location: string, connection: S3Connection): Storage {
  const target = { ...parseS3Location(location), connection };
  const name = s3Location(target);
  const judge = new ForbiddenJudge(target);
  const checked = (key: string) => {
    checkKey(key, name, { temporary: true });
    return key;
  };
  const readBack = async (key: string, options: ReadOptions) =>
    await readObject(target, { key, options, judge });
  return {
    remote: true,
    describe: () => name,
    async *list(list = {}) {
      checkPrefix(list.prefix ?? '', name, { temporary: true });
      yield* listObjects(target, list);
    },
    read: async (key, options) => await readObject(target, { key: checked(key), options, judge }),
    create: async (key, body) => await createObject(target, checked(key), { body, readBack }),
    replace: async (key, body) => await replaceObject(target, checked(key), body),
    remove: async (key) => await removeObject(target, checked(key)),
  };
}
