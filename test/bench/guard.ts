/**
 * `npm run bench:guard`: extract must reach 65 % of what the bare engine does in the same minute, in one of
 * three tries; exit 1 when it does not. A ratio, because machines differ and drift; of all photographs of the
 * shared folder, or of as many drawn ones where it is absent: of few images it would be the start of the
 * children and the sums of small partitions that are measured. What to do then: `npm run bench:stages` says
 * which stage has grown.
 */
import { join } from 'node:path';
import { temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { sharedFile, sharedFolder } from '@verger/testkit/shared';
import { openBareEngine } from './bare-engine.ts';
import { machineText } from './machine.ts';
import { runOurs } from './run-ours.ts';

const LEAST = 0.65;
const TRIES = 3;
const PROCESSES = 2;
const BARE_IMAGES = 400;
const DRAWN = { kinds: 24, views: 200 };

async function main(): Promise<number> {
  const { folder, remove } = await temporaryFolder();
  const engine = await openBareEngine(PROCESSES);
  try {
    const images = sharedFolder === undefined ? join(folder, 'images') : sharedFile('data/fruits-360/Test');
    if (sharedFolder === undefined) await plantOrchard(images, DRAWN);
    process.stdout.write(
      `${machineText()}; ${sharedFolder === undefined ? 'drawn images' : 'photographs'}\n`,
    );
    for (let round = 1; round <= TRIES; round += 1) {
      const before = await engine.rate(BARE_IMAGES);
      const ours = await runOurs(images, join(folder, `${round}`), {
        weights: 'untrained',
        processes: PROCESSES,
      });
      const bare = (before + (await engine.rate(BARE_IMAGES))) / 2;
      const rate = (ours.images * 1000) / ours.extractMs;
      const text = `${rate.toFixed(1)} images/s of ${bare.toFixed(1)}: ${((100 * rate) / bare).toFixed(0)} %`;
      process.stdout.write(`try ${round}: ${text} (at least ${LEAST * 100} %)\n`);
      if (rate / bare >= LEAST) return 0;
    }
    return 1;
  } finally {
    engine.close();
    await remove();
  }
}

process.exitCode = await main();
