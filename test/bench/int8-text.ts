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
  /** One more layer in float32, on the first set. */
  readonly layers: readonly CosineRow[];
}

const SHOWN_LAYERS = 5;

const short = (share: number) => share.toFixed(4).replace(/^0/, '');
const cell = (found: Cosines | undefined) =>
  found === undefined ? '' : `${short(found.median)} / ${short(found.percentile1)}`;
const headOf = (sets: readonly ImageSet[]) => sets.map((set) => `${set.name} (${measuredOf(set).length})`);
const columns = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

const WHY = `**What won, and why.** The first two convolutions stay in float32. The first one reads three channels: in int8 it is no faster. The second has 32 kernels of very different size, and one scale for its output loses the small ones. Six layers in float32 gain .001 to .002 in the median and cost half a millisecond; three gain next to nothing over two. Each bias takes back what rounding the weights took from the mean of its channel: the largest gain of all, and free when images are extracted. A channel of \`block_11_expand\` is nearly all bias: at the scale of its weights the bias overflows int32, an error of 4.0 in one channel that was half of all that was left. The scale of such a channel now follows its bias. Tensors after ReLU6 always have the range [0, 6]; the others have the smallest and the largest value that the calibration saw. Wider ranges are worse. Percentiles over the images, which leave out the most extreme ones, gain .0005 in the median at most, while to round the ranges at another digit already moves a median by .0002 and a 1st percentile by .001; calibrated on 136 fruit photographs they lose up to .005 in the 1st percentile of the natural ones. So it stays with the plain range.`;

const ODD = `The 1st percentile of *odd* is its lowest image, \`one_pixel.png\`: 224 × 224 pixels of one colour, of which most features are near 0. All others there are above .99.`;

const CALIBRATION = `**Calibration.** The number of images hardly matters, from 8 on. What they show does: ranges of fruit, on white, serve for natural photographs, but not the reverse (1st percentile .94 to .96). So a run calibrates on a sample of its own images.`;

const QUOTED = `**Tried before, without a gain** (measured by hand on 136 other fruit photographs and on natural ones; the code was not kept). Cross-layer equalisation of channels (arXiv:1906.04721, section 4.1; exponents 0.25 to 0.5) changed nothing on fruit and was worse on natural photographs (.9944 / .9691): ReLU6 clips what it scales. Ranges by channel, by rescaling between an expansion and its depthwise convolution, gave nothing on fruit (.9971 / .9931, with .9970 / .9931 before) and were worse on natural photographs. Weight scales of least squared error gained nothing. int8 instead of uint8 tensors cost 6 ms an image. With nothing in float32, not even the first convolution, plain ranges gave .969 / .944 on fruit, in the same time.`;

/** The layers that gain most in the 1st percentile when they stay in float32, too. */
function layersText(layers: readonly CosineRow[], best: Cosines | undefined): string {
  const rows = layers
    .map(({ name, cosines: [found] }) => ({ name, found: found! }))
    .sort((a, b) => b.found.percentile1 - a.found.percentile1)
    .slice(0, SHOWN_LAYERS)
    .map(({ name, found }) => `\`${name}\` (${cell(found)})`);
  return `**Single layers.** Of the other ${layers.length} convolutions, each was kept in float32 alone beside the first two. The ${SHOWN_LAYERS} that gain most on fruit: ${rows.join(', ')}; without them ${cell(best)}. No single one is worth its conversions to float32 and back.`;
}

/** The search as Markdown. */
export function searchText(search: Search, machine: string): string {
  const { sets, float32Ms, timedImages, variants, calibrations, layers } = search;
  const heads = headOf(sets);
  const variantRows = variants.map(({ name, cosines, ms }) => [
    name,
    ...cosines.map(cell),
    ms?.toFixed(2) ?? '',
  ]);
  const calibrationRows = calibrations.map(({ name, cosines }) => [name, ...cosines.map(cell)]);
  return [
    '### How the network was found',
    'This is the search for the network of int8, by `npm run bench:int8`.',
    `Cosine between the features of int8 and of float32 for the same image: median / 1st percentile. ms: CPU time an image in the engine, median of ${timedImages} images, in turns with float32 (${float32Ms.toFixed(2)} ms); variants without a time have a graph of the same shape as the first. Each folder of photographs is halved, and each half measured with a network that is calibrated on up to 64 images of the other; fruit is calibrated on 64 other fruit photographs, and so is *odd*, the reference's files of unusual formats. ${machine}.`,
    markdownTable([['variant', ...heads, 'ms'], ...variantRows], columns(heads.length + 1)),
    ODD,
    WHY,
    layersText(layers, variants[0]?.cosines[0]),
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
    '### What int8 changes in a run',
    `All ${images.toLocaleString('en-US')} fruit photographs, int8 calibrated on 64 of them; cosine to float32 ${cell(cosines)}. Accuracy: share of the images whose nearest centroid, in the projection on k components, is that of their own label.`,
    markdownTable([head, figures('float32', float32), figures('int8', int8)], [1, 2, 3]),
  ].join('\n\n');
}
