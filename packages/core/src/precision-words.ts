/** What int8 changed, in the words that the command line and the page share. Pure. */
import type { PrecisionComparison } from './calibration.ts';
import { counted } from './printable.ts';
import type { Report } from './report.ts';

/** With fewer held-out images, medians, PCA and shares say more of the sample than of int8. */
const FEWEST_COMPARED = 20;

/** Whether there are enough held-out images for more than the lowest cosine. */
export function isComparable({ images }: Pick<PrecisionComparison, 'images'>): boolean {
  return images >= FEWEST_COMPARED;
}

/** `median 0.997, 1st percentile 0.992, lowest 0.991`; of few images only the lowest. */
export function cosineWords({ images, cosine }: PrecisionComparison): string {
  const [median, first, lowest] = [cosine.median, cosine.percentile1, cosine.least].map((value) =>
    value.toFixed(3),
  );
  if (!isComparable({ images })) return `lowest ${lowest}; too few images to compare`;
  return `median ${median}, 1st percentile ${first}, lowest ${lowest}`;
}

/** How far the curves of cumulative variance are apart, in percentage points, two digits. */
export function curveWords({ float32, int8 }: PrecisionComparison): string {
  const [one, other] = [float32.cumulative, int8.cumulative];
  let most = 0;
  for (let at = 0; at < Math.max(one.length, other.length); at += 1)
    most = Math.max(most, Math.abs((one[at] ?? 1) - (other[at] ?? 1)));
  const points = (Math.ceil(most * 10_000 - 1e-6) / 100).toFixed(2);
  return `The two curves of cumulative variance differ by at most ${points} percentage points.`;
}

/** What the rows of the comparison hold. */
export function comparedWords({ images }: Pick<PrecisionComparison, 'images'>): string {
  const these = images === 1 ? 'this image' : `these ${counted(images, 'image')}`;
  return `PCA of ${these} alone: compare the two rows with each other, not with the run`;
}

/** Why a run with int8 has no comparison. */
export function notComparedWords({ model, reused }: Pick<Report, 'model' | 'reused'>): string {
  return model !== undefined || reused > 0
    ? 'int8 with the calibration of an earlier run; not compared on these images.'
    : 'int8 with a calibration of an earlier run or of one image, which held none of these out; not compared.';
}
