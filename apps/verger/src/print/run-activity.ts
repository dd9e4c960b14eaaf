import type { Epoch } from '@verger/core';
import { REDIS_URL, resumeCommand as resumeCommandOf } from '@verger/driver/runs';
import type { CommandInput } from '../cli/command.ts';
import { programName } from './program-name.ts';

/** `resumeCommand` of the driver, as it is called here. */
export function resumeCommand(
  location: string,
  epoch: Pick<Epoch, 'queue'> | undefined,
  flags: CommandInput['flags'] = {},
): string {
  return resumeCommandOf(location, epoch, { program: programName(), storage: storageFlags(flags) });
}

/**
 * How the store was named on the command line: the next command needs the same. What variables say is still
 * said then.
 */
export function storageFlags({ s3Endpoint, s3PathStyle, s3RequesterPays }: CommandInput['flags']): string[] {
  return [
    ...(typeof s3Endpoint === 'string' ? ['--s3-endpoint', s3Endpoint] : []),
    ...(s3PathStyle === true ? ['--s3-path-style'] : []),
    ...(s3RequesterPays === true ? ['--s3-requester-pays'] : []),
  ];
}

/** The queue as it was named on the command line; nothing of a URL that may hold a password. */
export function queueFlags({ redis, queuePrefix }: CommandInput['flags']): string[] {
  return [
    ...(typeof redis === 'string' && REDIS_URL.test(redis) && !redis.includes('@') ? ['--redis', redis] : []),
    ...(typeof queuePrefix === 'string' ? ['--queue-prefix', queuePrefix] : []),
  ];
}
