import { epochFile, RUN_FILES } from '@verger/core';
import { below, type Plant, plant } from './plant.ts';
import type { PlantedRun } from './planted-run.ts';

type Spoil = (bytes: Buffer, random: () => number) => Buffer | undefined;

/** One file of each kind: by name, or by a partition that chance chooses. */
const KINDS: Readonly<Record<string, (run: PlantedRun, part: number) => string>> = {
  manifest: () => RUN_FILES.manifest,
  'listing part': (run, part) => run.layout.listing(part),
  epoch: () => epochFile(1),
  'features file': (run, part) => run.layout.features(part),
  'sums file': (run, part) => run.layout.sums(part),
  commit: (run, part) => run.layout.commit(part),
  'PCA model': () => RUN_FILES.model,
  'label centroids': () => RUN_FILES.labels,
  'projection file': (run, part) => run.layout.projection(part),
  quarantine: () => RUN_FILES.quarantine,
  report: () => RUN_FILES.report,
  timeline: () => RUN_FILES.timeline,
  CSV: () => RUN_FILES.csv,
  _SUCCESS: () => RUN_FILES.success,
};

/** What a disk, a copy or a hand does to a file. */
const SPOILS: Readonly<Record<string, Spoil>> = {
  'a bit of one byte flipped': (bytes, random) => {
    const spoiled = Buffer.from(bytes);
    const at = below(random, bytes.length);
    spoiled[at] = spoiled[at]! ^ (1 << below(random, 8));
    return spoiled;
  },
  gone: () => undefined,
  'cut short': (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  'a byte too long': (bytes) => Buffer.concat([bytes, Buffer.from('\n')]),
  empty: () => Buffer.alloc(0),
  '512 bytes overwritten': (bytes, random) => {
    const spoiled = Buffer.from(bytes);
    const at = below(random, Math.max(1, bytes.length - 512));
    for (const [place, byte] of spoiled.subarray(at, at + 512).entries()) spoiled[at + place] = byte ^ 0x5a;
    return spoiled;
  },
};

/**
 * The report is the only file whose bytes nothing seals: the time that reduce and project took stands nowhere
 * else, so a flipped digit of it is a time that may well be true. There, bytes are changed before these.
 */
function spoilable(kind: string, how: string, bytes: Buffer): number {
  const isInPlace = how.includes('flipped') || how.includes('overwritten');
  return kind === 'report' && isInPlace ? bytes.indexOf('"stages"') : bytes.length;
}

/** Each kind of file, spoiled in each way. */
export const RAW_PLANTS: readonly Plant[] = Object.entries(KINDS).flatMap(([kind, fileOf]) =>
  Object.entries(SPOILS)
    // A run without _SUCCESS is one that is not finished, which is no fault: its absence is seen by whoever
    // expects it to be done. Releases before 0.3 wrote no timeline.
    .filter(([how]) => !['_SUCCESS', 'timeline'].includes(kind) || how !== 'gone')
    .map(([how, spoil]) =>
      plant(`${kind}: ${how}`, async (run, random) => {
        const file = fileOf(run, below(random, run.parts.length));
        const bytes = await run.read(file);
        const end = spoilable(kind, how, bytes);
        const head = spoil(bytes.subarray(0, end), random);
        if (head === undefined) await run.remove(file);
        else await run.write(file, Buffer.concat([head, bytes.subarray(end)]));
      }),
    ),
);
