import { createExtractor, prepareNetwork } from '@verger/features';
import { extractorContract } from './extractor.ts';

const prepared = prepareNetwork({ kind: 'untrained', seed: 1 });

for (const engine of ['onnxruntime', 'tfjs'] as const) {
  extractorContract(`${engine}, untrained weights`, async () =>
    createExtractor({ ...(await prepared), engine }),
  );
}
