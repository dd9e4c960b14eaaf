import { DEFAULT_MAX_PIXELS, type ExtractionOptions, type ExtraFormat } from './options.ts';
import type { DecodeLimits } from './ports.ts';

/** What a run opens, for its children: undefined where it asks for nothing but the defaults. */
export function decodeLimitsOf({ maxPixels, formats }: ExtractionOptions): DecodeLimits | undefined {
  return maxPixels === undefined && formats === undefined ? undefined : { maxPixels, formats };
}

/**
 * What one run may take of another one's images: `all` where both open the same; `features` where this one opens more, so that what the
 * other refused is to be tried again; else `none`, because this one could refuse what the other one opened.
 */
export function takeableFrom(source: ExtractionOptions, own: ExtractionOptions): 'all' | 'features' | 'none' {
  const most = (options: ExtractionOptions) => options.maxPixels ?? DEFAULT_MAX_PIXELS;
  const opensAll = (one: ExtractionOptions, other: ExtractionOptions) =>
    most(one) >= most(other) &&
    (other.formats ?? []).every((format: ExtraFormat) => one.formats?.includes(format) === true);
  if (!opensAll(own, source)) return 'none';
  return opensAll(source, own) ? 'all' : 'features';
}
