/** A process that infers the same pixels again and again: the network alone. Forked by `bare-engine.ts`. */
import { createExtractor, prepareNetwork } from '@verger/features';

const WARM_UP = 50;
const PIXELS = 224 * 224 * 3;

const extractor = await createExtractor(await prepareNetwork({ kind: 'untrained', seed: 1 }));
const pixels = Uint8Array.from({ length: PIXELS }, (_, at) => (at * 31) % 256);
for (let image = 0; image < WARM_UP; image += 1) await extractor.infer(pixels);
process.on('message', async (images: number) => {
  const started = performance.now();
  for (let image = 0; image < images; image += 1) await extractor.infer(pixels);
  process.send?.(performance.now() - started);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
