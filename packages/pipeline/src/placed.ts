import { VergerError } from '@verger/core';

/** An error of a child with the partition and file it was about. */
export function placed(error: unknown, partition: number, location: string): unknown {
  if (!(error instanceof VergerError)) return error;
  return new VergerError(
    error.code,
    { ...error.place, partition, location },
    error.detail === undefined ? {} : { detail: error.detail },
  );
}
