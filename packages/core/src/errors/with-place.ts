import { VergerError } from '../errors.ts';

/** An error of a child with the partition and file it was about, where it does not name others itself. */
export function placed(error: unknown, partition: number, location: string): unknown {
  if (!(error instanceof VergerError)) return error;
  return new VergerError(
    error.code,
    { partition, location, ...error.place },
    { cause: error, ...(error.detail === undefined ? {} : { detail: error.detail }) },
  );
}
