import {
  type Commit,
  epochFile,
  type Manifest,
  RUN_FILES,
  type Success,
  type Timeline,
  withSelfHash,
} from '@verger/core';
import { timelineBytes } from '@verger/stages';
import { parseCsv } from '@verger/testkit/csv';
import { below, exchange, type Plant, plant } from './plant.ts';
import type { PlantedRun } from './planted-run.ts';

const PARTITION_PLANTS: readonly Plant[] = [
  plant('a partition twice: a copy of its features that a reader of the folder would read', async (run) => {
    await run.write('features/part-99999.parquet', await run.read(run.layout.features(0)));
  }),
  plant('a partition twice: a copy of its projection under another name', async (run) => {
    await run.write('projection/part-00000-copy.parquet', await run.read(run.layout.projection(0)));
  }),
  plant('a partition in place of another, its commit made that of the other', async (run) => {
    for (const kind of ['features', 'sums', 'projection'] as const) {
      await run.write(run.layout[kind](1), await run.read(run.layout[kind](0)));
    }
    const { listed } = JSON.parse(String(await run.read(run.layout.commit(1)))) as Commit;
    await run.resealCommit(1, (commit) => ({ ...commit, listed }));
    await run.resealSuccess();
  }),
  plant('two partitions exchanged whole, commits rebuilt', async (run) => {
    for (const kind of ['features', 'sums', 'projection'] as const) {
      const [a, b] = [await run.read(run.layout[kind](0)), await run.read(run.layout[kind](1))];
      await run.write(run.layout[kind](0), b);
      await run.write(run.layout[kind](1), a);
    }
    await run.reseal([0, 1]);
  }),
  plant('a partition gone whole, _SUCCESS made without it', async (run) => {
    const last = run.parts.at(-1)!;
    const gone = (['features', 'sums', 'projection', 'commit'] as const).map((kind) =>
      run.layout[kind](last),
    );
    await run.change<Success>(RUN_FILES.success, (success) => ({
      ...success,
      files: Object.fromEntries(Object.entries(success.files).filter(([file]) => !gone.includes(file))),
    }));
    for (const file of gone) await run.remove(file);
  }),
  plant('a sums file beside the others', async (run) => {
    await run.write('sums/part-00000-copy.sums', await run.read(run.layout.sums(0)));
  }),
  plant('a commit of a partition that the manifest does not have', async (run) => {
    await run.write('commits/part-00099.json', await run.read(run.layout.commit(0)));
  }),
  plant('a listing part that the manifest does not have', async (run) => {
    await run.write('listing/part-00099.jsonl', await run.read(run.layout.listing(0)));
  }),
];

/** Changes the commit of one partition, its self-hash rebuilt. */
const commitPlant = (name: string, changed: (commit: Commit) => object): Plant =>
  plant(name, async (run, random) => {
    await run.change(run.layout.commit(below(random, run.parts.length)), changed);
  });

const COMMIT_PLANTS: readonly Plant[] = [
  commitPlant('a commit of another run', (commit) => ({ ...commit, runIdentity: '12'.repeat(32) })),
  commitPlant('a commit of another partition', (commit) => ({ ...commit, partition: commit.partition + 1 })),
  commitPlant('a commit that counts one image less, and lists one less', (commit) => ({
    ...commit,
    extracted: commit.extracted - 1,
    listed: commit.listed - 1,
  })),
  commitPlant('a commit that puts a row into quarantine', (commit) => ({
    ...commit,
    extracted: commit.extracted - 1,
    quarantined: { ...commit.quarantined, E_IMG_CRASH: 1 },
  })),
  commitPlant('a commit of another numeric class', (commit) => ({
    ...commit,
    numericClass: '0123456789abcdef',
  })),
  commitPlant('a commit with another rows digest', (commit) => ({ ...commit, rowsDigest: '34'.repeat(32) })),
  commitPlant('a commit with another size of the sums', (commit) => ({
    ...commit,
    sums: { ...commit.sums, bytes: commit.sums.bytes + 8 },
  })),
  commitPlant('a commit of an epoch that never was', (commit) => ({ ...commit, epoch: 7 })),
];

/** Changes `_SUCCESS`, its self-hash rebuilt. */
const successPlant = (name: string, changed: (success: Success) => object): Plant =>
  plant(name, (run) => run.change(RUN_FILES.success, changed));

const SUCCESS_PLANTS: readonly Plant[] = [
  successPlant('_SUCCESS with the other verdict', (success) => ({
    ...success,
    verdict: success.verdict === 'ok' ? 'too-many-bad' : 'ok',
  })),
  successPlant('_SUCCESS with one image more in quarantine than extracted says', (success) => ({
    ...success,
    extracted: success.extracted - 1,
    quarantined: success.quarantined + 1,
  })),
  successPlant('_SUCCESS with another k', (success) => ({ ...success, k: (success.k ?? 0) + 1 })),
  successPlant('_SUCCESS that names one data file less', ({ files, ...success }) => ({
    ...success,
    files: Object.fromEntries(Object.entries(files).slice(1)),
  })),
  successPlant('_SUCCESS that names a file beside the data files', (success) => ({
    ...success,
    files: { ...success.files, [RUN_FILES.report]: success.files[RUN_FILES.model] },
  })),
  successPlant('_SUCCESS of an epoch that never was', (success) => ({ ...success, epoch: 5 })),
];

/** Changes the manifest, its self-hash rebuilt. */
const manifestPlant = (name: string, changed: (manifest: Manifest) => object): Plant =>
  plant(name, (run) => run.change(RUN_FILES.manifest, changed));

const MANIFEST_PLANTS: readonly Plant[] = [
  manifestPlant('a manifest that asks for more variance', (manifest) => ({
    ...manifest,
    pca: { ...manifest.pca, variance: 0.99 },
  })),
  plant('a manifest that asks for more variance, identity and commits rebuilt', async (run) => {
    await run.change<Manifest>(RUN_FILES.manifest, (manifest) => ({
      ...manifest,
      pca: { ...manifest.pca, variance: 0.99 },
    }));
    await run.resealListing();
  }),
  manifestPlant('a manifest that counts one image more', (manifest) => ({
    ...manifest,
    listing: { ...manifest.listing, images: manifest.listing.images + 1 },
  })),
  manifestPlant('a manifest that counts one label more', (manifest) => ({
    ...manifest,
    listing: { ...manifest.listing, labels: manifest.listing.labels + 1 },
  })),
  manifestPlant('a manifest that counts a refused image', (manifest) => ({
    ...manifest,
    listing: { ...manifest.listing, refused: manifest.listing.refused + 1 },
  })),
  manifestPlant('a manifest with another weights file in its fingerprint', (manifest) => ({
    ...manifest,
    fingerprint: { ...manifest.fingerprint, weightsSha256: '56'.repeat(32) },
  })),
  manifestPlant('a manifest without its last partition', (manifest) => ({
    ...manifest,
    partitions: manifest.partitions.slice(0, -1),
  })),
];

/** Changes the lines of one listing part; manifest and commits are made to agree. */
const listingPlant = (name: string, changed: (lines: string[]) => string[]): Plant =>
  plant(name, async (run, random) => {
    const file = run.layout.listing(below(random, run.parts.length));
    const lines = changed(
      String(await run.read(file))
        .trimEnd()
        .split('\n'),
    );
    await run.write(file, lines.map((line) => `${line}\n`).join(''));
    await run.resealListing();
  });

const LISTING_PLANTS: readonly Plant[] = [
  listingPlant('two lines of the listing exchanged, manifest and commits rebuilt', ([a, b, ...rest]) => [
    b!,
    a!,
    ...rest,
  ]),
  listingPlant('a line of the listing twice, manifest and commits rebuilt', ([a, ...rest]) => [
    a!,
    a!,
    ...rest,
  ]),
  listingPlant('a line of the listing gone, manifest and commits rebuilt', ([, ...rest]) => rest),
  listingPlant('the label of a listed image changed, manifest and commits rebuilt', ([a, ...rest]) => [
    a!.replace(/"label":"[^"]*"/, '"label":"Quince"'),
    ...rest,
  ]),
  listingPlant('a listed image has no bytes, manifest and commits rebuilt', ([a, ...rest]) => [
    a!.replace(/"bytes":\d+/, (bytes) => (bytes === '"bytes":0' ? '"bytes":1' : '"bytes":0')),
    ...rest,
  ]),
];

/** Changes the records of `result.csv` as bytes; `_SUCCESS` follows. */
const csvPlant = (
  name: string,
  changed: (lines: string[]) => string[],
  seenBy: Plant['seenBy'] = 'files',
): Plant => ({
  name,
  seenBy,
  plant: async (run) => {
    const text = String(await run.read(RUN_FILES.csv));
    if (parseCsv(text).length !== text.split('\r\n').length - 1)
      throw new Error('a cell of the CSV holds a line end');
    await run.write(RUN_FILES.csv, `${changed(text.trimEnd().split('\r\n')).join('\r\n')}\r\n`);
    await run.resealSuccess();
  },
});

const CSV_PLANTS: readonly Plant[] = [
  csvPlant('two records of the CSV exchanged', (lines) => {
    exchange(lines, 1, 2);
    return lines;
  }),
  csvPlant('a record of the CSV gone', ([head, , ...rest]) => [head!, ...rest]),
  csvPlant('a record of the CSV twice', ([head, first, ...rest]) => [head!, first!, first!, ...rest]),
  csvPlant('a digit of the CSV changed', ([head, first, ...rest]) => [
    head!,
    first!.replace(/(\d)(?=,)/, (digit) => String((Number(digit) + 1) % 10)),
    ...rest,
  ]),
  csvPlant('two images of the CSV exchanged', ([head, a, b, ...rest]) => {
    const [cut, other] = [a!.lastIndexOf(',') + 1, b!.lastIndexOf(',') + 1];
    return [head!, a!.slice(0, cut) + b!.slice(other), b!.slice(0, other) + a!.slice(cut), ...rest];
  }),
  csvPlant('the CSV without its images', (lines) =>
    lines.map((line) => line.slice(0, line.lastIndexOf(','))),
  ),
  csvPlant(
    'a letter of a base64 image of the CSV changed',
    ([head, first, ...rest]) => {
      const at = first!.length - 40;
      return [head!, first!.slice(0, at) + (first![at] === 'A' ? 'B' : 'A') + first!.slice(at + 1), ...rest];
    },
    'images',
  ),
];

const NOTHING = {
  ...{ endings: {}, otherEndings: 0, noEnding: 0, hiddenFiles: 0, hiddenFolders: 0, hiddenFolderFiles: 0 },
  ...{ linkedFolders: 0, linkLoops: 0, linkRepeats: 0, linksOut: 0, linksToNothing: 0 },
};

/** Changes the report, printed as verger would. */
const reportPlant = (name: string, changed: (report: Record<string, unknown>) => object): Plant =>
  plant(name, (run: PlantedRun) => run.change(RUN_FILES.report, changed));

const REPORT_PLANTS: readonly Plant[] = [
  reportPlant('a report that counts one image more', (report) => ({
    ...report,
    extracted: Number(report['extracted']) + 1,
  })),
  reportPlant('a report that counts more epochs than there were', (report) => ({ ...report, epochs: 9 })),
  reportPlant('a report without its quarantine', (report) => ({ ...report, quarantine: [] })),
  reportPlant('a report of another listing, that left out other files', (report) => ({
    ...report,
    leftOut: { ...NOTHING, endings: { '.bmp': 7 } },
  })),
  reportPlant('a report without its labels', (report) => ({ ...report, labels: [] })),
  plant('a timeline in which a partition ended later', async (run) => {
    const timeline = JSON.parse(String(await run.read(RUN_FILES.timeline))) as Timeline;
    const { selfHash: _, ...rest } = timeline;
    const endMs = timeline.partitions.endMs.map((ms, part) => (part === 0 ? ms + 1000 : ms));
    const later = withSelfHash({ ...rest, partitions: { ...timeline.partitions, endMs } });
    await run.write(RUN_FILES.timeline, timelineBytes(later));
  }),
  plant('the epochs begin at 2', async (run) => {
    await run.change<{ epoch: number }>(epochFile(1), (epoch) => ({ ...epoch, epoch: 2 }));
    await run.write(epochFile(2), await run.read(epochFile(1)));
    await run.remove(epochFile(1));
  }),
  plant('an epoch record of another number', async (run) => {
    await run.change<{ epoch: number }>(epochFile(1), (epoch) => ({ ...epoch, epoch: 3 }));
  }),
];

/** Faults of records, of the listing and of the CSV. */
export const RECORD_PLANTS: readonly Plant[] = [
  ...PARTITION_PLANTS,
  ...COMMIT_PLANTS,
  ...SUCCESS_PLANTS,
  ...MANIFEST_PLANTS,
  ...LISTING_PLANTS,
  ...CSV_PLANTS,
  ...REPORT_PLANTS,
];
