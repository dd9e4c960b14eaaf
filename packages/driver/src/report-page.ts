import { type PageOptions, remakeReportHtml } from '@verger/stages';
import type { Driver } from './driver.ts';
import { type CheckedRun, withChildren } from './verify-run.ts';

/**
 * The page of a finished run as text, also of one that an earlier release finished: with pictures where
 * images can be read. Needs children, and no weights. Errors: E_RUN_NO_MODEL for a run that is not finished;
 * E_RUN_CORRUPT, E_PART_CORRUPT; those of storage and children.
 */
export async function makeReportPage(
  driver: Driver,
  { run, options }: CheckedRun,
  page: Pick<PageOptions, 'cost'> = {},
): Promise<string> {
  const init = { network: null, fingerprint: run.manifest.fingerprint };
  return await withChildren(driver, { run, options, init }, (ctx) => remakeReportHtml(ctx, page));
}
