/**
 * What a main process needs: weights, and the network made of them. Apart from `index.ts`, because sharp and
 * onnxruntime are loaded with that one: 25 MB and 0.3 s, for a process that neither decodes nor infers.
 */
export {
  type CalibratedImages,
  type CalibratedSample,
  encodeCalibration,
  encodeSample,
  heldFeatures,
  readCalibration,
} from './quantise/calibration.ts';
export { thisInt8Instructions } from './quantise/int8-cpu.ts';
export { type ImageRanges, type RangeSums, startRanges } from './quantise/ranges.ts';
export type { SummaryRow } from './weights/keras-weights.ts';
export {
  type NetworkSource,
  type PreparedNetwork,
  prepareCalibration,
  prepareNetwork,
  prepareRangeNetwork,
  type WeightsSource,
} from './weights/prepare.ts';
export {
  fetchedWeightsPath,
  type ResolvedWeights,
  requireCacheDir,
  resolveWeights,
} from './weights/resolve-weights.ts';
export { UNTRAINED_SEED } from './weights/untrained-weights.ts';
