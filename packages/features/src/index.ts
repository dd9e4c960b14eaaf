export { decodeImage } from './decode/decode-image.ts';
export { engineVersions } from './network/engine.ts';
export { createExtractor, featuresInRange } from './network/extractor.ts';
export { onnxIntegerGram } from './network/integer-gram.ts';
export { buildNetwork } from './network/network.ts';
export { PROBE_IMAGES, type ProbeImage } from './probes/probe-images.ts';
export { probeWeights } from './probes/probe-weights.ts';
export { resizeBicubic } from './resize/resize.ts';
export { sharpVersions } from './versions.ts';
export type { DownloadProgress, DownloadTimeouts } from './weights/download.ts';
export { type KerasWeights, type SummaryRow, summariseWeights } from './weights/keras-weights.ts';
export { type PreparedNetwork, prepareNetwork, type WeightsSource } from './weights/prepare.ts';
export { readKerasWeights } from './weights/read-keras-weights.ts';
export {
  cachedWeightsPath,
  PUBLISHED_WEIGHTS_URL,
  type ResolvedWeights,
  type ResolveWeightsOptions,
  requireCacheDir,
  resolveWeights,
} from './weights/resolve-weights.ts';
export { UNTRAINED_SEED, untrainedWeights } from './weights/untrained-weights.ts';
