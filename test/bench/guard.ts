/**
 * `npm run bench:guard`: extract must reach a share of what the bare engine does in the same minute, in each
 * precision that this CPU has, in one of three tries; exit 1 when it does not. A ratio, because machines differ
 * and drift; of all photographs of the shared folder, or of as many drawn ones where it is absent: of few images
 * it would be the start of the children and the sums of small partitions that are measured. What to do then:
 * `npm run bench:stages` says which stage has grown.
 */
import { join } from 'node:path';
import { PRECISIONS, type Precision } from '@verger/core';
import { proveInt8 } from '@verger/features';
import { temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { sharedFile, sharedFolder } from '@verger/testkit/shared';
import { openBareEngine } from './bare-engine.ts';
import { machineText } from './machine.ts';
import { runOurs } from './run-ours.ts';

/** What is beside the engine takes as long in both, so its share of int8 is larger. */
const LEAST: Readonly<Record<Precision, number>> = { float32: 0.75, int8: 0.55 };
const TRIES = 3;
const PROCESSES = 2;
const BARE_IMAGES = 400;
const DRAWN = { kinds: 24, views: 200 };

/** One precision, in up to three tries. */
async function holds(precision: Precision, images: string, folder: string): Promise<boolean> {
  const engine = await openBareEngine(PROCESSES, precision);
  try {
    for (let round = 1; round <= TRIES; round += 1) {
      const before = await engine.rate(BARE_IMAGES);
      const ours = await runOurs(images, join(folder, `${precision}-${round}`), {
        ...{ weights: 'untrained', processes: PROCESSES, precision },
      });
      const bare = (before + (await engine.rate(BARE_IMAGES))) / 2;
      const rate = (ours.images * 1000) / ours.extractMs;
      const text = `${rate.toFixed(1)} images/s of ${bare.toFixed(1)}: ${((100 * rate) / bare).toFixed(0)} %`;
      process.stdout.write(
        `${precision}, try ${round}: ${text} (at least ${(LEAST[precision] * 100).toFixed(0)} %)\n`,
      );
      if (rate / bare >= LEAST[precision]) return true;
    }
    return false;
  } finally {
    engine.close();
  }
}

const canInt8 = () =>
  proveInt8().then(
    () => true,
    () => false,
  );

async function main(): Promise<number> {
  const { folder, remove } = await temporaryFolder();
  try {
    const images = sharedFolder === undefined ? join(folder, 'images') : sharedFile('data/fruits-360/Test');
    if (sharedFolder === undefined) await plantOrchard(images, DRAWN);
    process.stdout.write(
      `${machineText()}; ${sharedFolder === undefined ? 'drawn images' : 'photographs'}\n`,
    );
    let all = true;
    for (const precision of PRECISIONS) {
      if (precision === 'int8' && !(await canInt8())) process.stdout.write('int8: not on this CPU\n');
      else all = (await holds(precision, images, folder)) && all;
    }
    return all ? 0 : 1;
  } finally {
    await remove();
  }
}

process.exitCode = await main();
