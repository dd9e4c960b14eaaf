export { decodeImage } from './decode.ts';
export type { DownloadProgress, DownloadTimeouts } from './download.ts';
export { engineVersions } from './engine.ts';
export { createExtractor, featuresInRange } from './extractor.ts';
export { onnxIntegerGram } from './integer-gram.ts';
export { type KerasWeights, type SummaryRow, summariseWeights } from './keras-weights.ts';
export { buildNetwork } from './network.ts';
export { type PreparedNetwork, prepareNetwork, type WeightsSource } from './prepare.ts';
export { PROBE_IMAGES, type ProbeImage } from './probe-images.ts';
export { probeWeights } from './probe-weights.ts';
export { readKerasWeights } from './read-keras-weights.ts';
export { resizeBicubic } from './resize.ts';
export {
  cachedWeightsPath,
  PUBLISHED_WEIGHTS_URL,
  type ResolvedWeights,
  type ResolveWeightsOptions,
  requireCacheDir,
  resolveWeights,
} from './resolve-weights.ts';
export { UNTRAINED_SEED, untrainedWeights } from './untrained-weights.ts';
export { sharpVersions } from './versions.ts';
