/** The section of docs/engines.md that `bench:int8` writes. */
import { markdownTable } from '@verger/testkit/built';
import { type ImageSet, measuredOf } from './int8-images.ts';
import type { PcaComparison, PcaFigures } from './int8-pca.ts';
import type { Cosines } from './int8-search.ts';

/** One row of a table of cosines. */
export interface CosineRow {
  readonly name: string;
  /** By set; undefined where it does not apply. */
  readonly cosines: readonly (Cosines | undefined)[];
  readonly ms?: number | undefined;
}

/** All that the search measured. */
export interface Search {
  readonly sets: readonly ImageSet[];
  readonly float32Ms: number;
  readonly timedImages: number;
  readonly variants: readonly CosineRow[];
  readonly calibrations: readonly CosineRow[];
}

const short = (share: number) => share.toFixed(4).replace(/^0/, '');
const cell = (found: Cosines | undefined) =>
  found === undefined ? '' : `${short(found.median)} / ${short(found.percentile1)}`;
const headOf = (sets: readonly ImageSet[]) => sets.map((set) => `${set.name} (${measuredOf(set).length})`);
const columns = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

const QUOTED = `**Tried before, without a gain** (measured once, by hand, on 136 fruit photographs and on natural ones; the code is not kept). Cross-layer equalisation of channels (arXiv:1906.04721, section 4.1, with exponents of 0.25 to 0.5) changed nothing on fruit and was worse on natural photographs (.9944 / .9691): ReLU6 clips what it scales. Ranges by channel, by rescaling between an expansion and its depthwise convolution, gave .9971 / .9931 on fruit and were worse on natural photographs. Weight scales of least squared error gained nothing. int8 instead of uint8 tensors cost 6 ms an image. With nothing at all in float32, not even the first convolution, the cosines were .969 / .944 on fruit; with all depthwise convolutions in float32 int8 is slower than it need be and no better.`;

const WHY = `**What won, and why.** The first two convolutions stay in float32. The first one reads three channels: in int8 it is no faster. The 32 kernels of the second differ so much in size that one scale for its output loses the small ones. More layers in float32 cost time for little. Each bias takes back what rounding the weights took from the mean of its channel, which costs nothing when images are extracted. Last, a channel of \`block_11_expand\` is nearly all bias: at the scale of its weights the bias overflows int32, an error of 4.0 in one channel that was half of all error. The scale of such a channel now follows its bias. Tensors after ReLU6 always have the range [0, 6]; the others have the smallest and the largest value that the calibration saw. Cutting that range off, or widening it, is worse on most sets.`;

const CALIBRATION = `**Calibration.** More images than the default of 64 change little, on any set. Images of another kind serve nearly as well as those of the run itself, because most tensors have the range of ReLU6 whatever the images are.`;

/** The search as Markdown. */
export function searchText(search: Search, machine: string): string {
  const { sets, float32Ms, timedImages, variants, calibrations } = search;
  const heads = headOf(sets);
  const variantRows = variants.map(({ name, cosines, ms }) => [
    name,
    ...cosines.map(cell),
    ms?.toFixed(2) ?? '',
  ]);
  const calibrationRows = calibrations.map(({ name, cosines }) => [name, ...cosines.map(cell)]);
  return [
    '## int8: what was tried (`npm run bench:int8`)',
    `Cosine between the features of int8 and of float32 for the same image: median / 1st percentile. ms: CPU time an image in the engine, median of ${timedImages} images, in turns with float32 (${float32Ms.toFixed(2)} ms); variants without a time have a graph of the same shape as the first. Each folder of photographs is halved, and each half measured with a network that is calibrated on up to 64 images of the other; fruit is calibrated on 64 other fruit photographs, and so is *odd*, the reference's files of unusual formats. ${machine}.`,
    markdownTable([['variant', ...heads, 'ms'], ...variantRows], columns(heads.length + 1)),
    WHY,
    'Calibrated on fewer or more images, or on images of another kind (empty: the set itself):',
    markdownTable([['calibrated on', ...heads], ...calibrationRows], columns(heads.length)),
    CALIBRATION,
    QUOTED,
  ].join('\n\n');
}

const figures = (name: string, { k, tenComponents, accuracy }: PcaFigures) => [
  name,
  String(k),
  `${(100 * tenComponents).toFixed(2)} %`,
  `${(100 * accuracy).toFixed(2)} %`,
];

/** The comparison of both precisions as Markdown. */
export function pcaText({ images, cosines, float32, int8 }: PcaComparison): string {
  const head = ['precision', 'k for 75 % of the variance', 'variance in 10 components', 'accuracy'];
  return [
    '## int8: what it changes in a run (`npm run bench:int8`)',
    `All ${images.toLocaleString('en-US')} fruit photographs, int8 calibrated on 64 of them; cosine to float32 ${cell(cosines)}. Accuracy: share of the images whose nearest centroid, in the projection on k components, is that of their own label.`,
    markdownTable([head, figures('float32', float32), figures('int8', int8)], [1, 2, 3]),
  ].join('\n\n');
}
