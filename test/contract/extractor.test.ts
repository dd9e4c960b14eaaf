import { createExtractor, prepareNetwork } from '@verger/features';
import { extractorContract } from './extractor.ts';

const prepared = prepareNetwork({ kind: 'untrained', seed: 1 });

extractorContract('onnxruntime, untrained weights', async () => createExtractor(await prepared));
