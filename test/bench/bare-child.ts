/**
 * A process that infers the same pixels again and again: the network alone, in the precision that its argument
 * names. Forked by `bare-engine.ts`.
 */
import { createCalibrator, createExtractor, prepareNetwork } from '@verger/features';
import { encodeCalibration, prepareCalibration } from '@verger/features/weights';

const WARM_UP = 50;
const PIXELS = 224 * 224 * 3;
const SOURCE = { kind: 'untrained', seed: 1 } as const;

const pixels = Uint8Array.from({ length: PIXELS }, (_, at) => (at * 31) % 256);

/** The quantised network, calibrated on these pixels: how fast it is does not depend on its ranges. */
async function prepareInt8() {
  const { fingerprint } = await prepareNetwork(SOURCE);
  const calibrator = await createCalibrator((await prepareCalibration(SOURCE)).network);
  const { ranges } = await calibrator.measure(pixels);
  await calibrator.close();
  const { weightsSha256 } = fingerprint;
  const calibrated = [{ path: 'pixels', ranges }];
  return await prepareNetwork({
    ...SOURCE,
    calibration: encodeCalibration({ weightsSha256, calibrated, held: [] }),
  });
}

const extractor = await createExtractor(
  process.argv[2] === 'int8' ? await prepareInt8() : await prepareNetwork(SOURCE),
);
for (let image = 0; image < WARM_UP; image += 1) await extractor.infer(pixels);
process.on('message', async (images: number) => {
  const started = performance.now();
  for (let image = 0; image < images; image += 1) await extractor.infer(pixels);
  process.send?.(performance.now() - started);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
