import { RUN_FILES } from '@verger/core';
import type { StoredFeatures } from '@verger/tables';
import { anyRow, below, exchange, exchangeRows, type Plant, plant } from './plant.ts';
import type { PlantedRun } from './planted-run.ts';
import { remakeAfterFeatures, remakeCsv, remakeProjections, remakeReport, remakeSums } from './remake.ts';

const WIDTH = 1280;

/** Features without the rows that `keep` refuses. */
function withRows(stored: StoredFeatures, rows: readonly number[]): StoredFeatures {
  const features = new Float32Array(rows.length * WIDTH);
  for (const [at, row] of rows.entries())
    features.set(stored.features.subarray(row * WIDTH, (row + 1) * WIDTH), at * WIDTH);
  return {
    ...stored,
    features,
    paths: rows.map((row) => stored.paths[row]!),
    labels: rows.map((row) => stored.labels[row]!),
  };
}

const allRows = ({ paths }: StoredFeatures) => [...paths.keys()];

/** Changes the features of one partition, and has sums, commit and `_SUCCESS` agree with them again. */
async function changeFeatures(
  run: PlantedRun,
  part: number,
  changed: (stored: StoredFeatures) => StoredFeatures | undefined,
): Promise<void> {
  const stored = await run.features(part);
  const result = changed(stored) ?? stored;
  await run.writeFeatures(part, result, result.metadata);
  await remakeSums(run, part);
  await run.rewriteQuarantine();
  await run.reseal([part]);
}

/** Changes one feature of one row; `sums` says whether the sums follow. */
function featurePlant(
  name: string,
  change: (value: number) => number,
  follow: 'sums' | 'projection' | 'none',
): Plant {
  return plant(name, async (run, random) => {
    const { part, row } = await anyRow(run, random);
    const stored = await run.features(part);
    // One that is neither 0 nor cut off at 6, so that every change is one.
    const first = row * WIDTH;
    const at = stored.features.findIndex((value, index) => index >= first && value > 1 && value < 5);
    stored.features[at] = change(stored.features[at]!);
    await run.writeFeatures(part, stored, stored.metadata);
    if (follow === 'sums') await remakeSums(run, part);
    if (follow === 'projection') await remakeProjections(run, [part]);
    if (follow === 'projection') await remakeCsv(run);
    await run.reseal([part]);
  });
}

/** The float32 beside a value. */
function nextFloat(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = bits[0]! + 1;
  return new Float32Array(bits.buffer)[0]!;
}

const ROW_PLANTS: readonly Plant[] = [
  plant('a row dropped, all hashes rebuilt', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await changeFeatures(run, part, (stored) =>
      withRows(
        stored,
        allRows(stored).filter((at) => at !== row),
      ),
    );
  }),
  plant('a row twice, in place of its neighbour, all hashes rebuilt', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await changeFeatures(run, part, (stored) =>
      withRows(
        stored,
        allRows(stored).map((at) => (at === row + 1 ? row : at)),
      ),
    );
  }),
  plant('a row twice, one more than listed, all hashes rebuilt', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await changeFeatures(run, part, (stored) => withRows(stored, [...allRows(stored), row]));
  }),
  plant('all rows of a partition dropped', async (run, random) => {
    const { part } = await anyRow(run, random);
    await changeFeatures(run, part, (stored) => withRows(stored, []));
  }),
  plant('two rows exchanged, all hashes rebuilt', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    const order = (stored: StoredFeatures) => {
      const rows = allRows(stored);
      exchange(rows, row, row + 1);
      return rows;
    };
    await changeFeatures(run, part, (stored) => withRows(stored, order(stored)));
  }),
  plant('the numbers of two rows exchanged, the projection left', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await changeFeatures(run, part, ({ features }) => void exchangeRows(features, [row, row + 1], WIDTH));
  }),
  plant('the label of a row changed, sums and all hashes rebuilt', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await changeFeatures(run, part, ({ labels }) => void labels.splice(row, 1, 'Quince'));
  }),
  plant('the path of a row changed, all hashes rebuilt', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await changeFeatures(run, part, ({ paths }) => void paths.splice(row, 1, `${paths[row]}~`));
  }),
  plant('a row moved into quarantine, its sums rebuilt, the PCA model left', async (run, random) => {
    const { part, row } = await anyRow(run, random);
    await intoQuarantine(run, part, row);
    await run.rewriteQuarantine();
    await run.reseal([part]);
  }),
  featurePlant('a feature changed by one unit in the last place', nextFloat, 'sums'),
  featurePlant('a feature changed by 2^-15, the sums left', (value) => value + 2 ** -15, 'projection'),
  featurePlant('a feature that is not a number', () => Number.NaN, 'none'),
  featurePlant('a negative feature', (value) => -value, 'none'),
  featurePlant('a feature of 8', () => 8, 'none'),
  plant('the fingerprint of one partition is of other weights', async (run, random) => {
    const { part } = await anyRow(run, random);
    const stored = await run.features(part);
    const fingerprint = { ...stored.metadata.fingerprint, weightsSha256: '9f'.repeat(32) };
    await run.writeFeatures(part, stored, { ...stored.metadata, fingerprint });
    await run.reseal([part]);
  }),
];

/** Makes one image of a partition one of its quarantine, in listing order; sums follow. */
async function intoQuarantine(run: PlantedRun, part: number, row: number): Promise<void> {
  const stored = await run.features(part);
  const lines = String(await run.read(run.layout.listing(part)))
    .trimEnd()
    .split('\n');
  const order = lines.map((line) => JSON.parse(line) as { path: string; label: string; bytes: number });
  const { path, label, bytes } = order.find((image) => image.path === stored.paths[row])!;
  const code = 'E_IMG_DECODE' as const;
  const reason = 'The decoder found the image damaged.';
  const record = { path, label, code, reason, bytes, environmental: false };
  const place = (one: { path: string }) => order.findIndex((image) => image.path === one.path);
  const quarantined = [...stored.metadata.quarantined, record].sort((a, b) => place(a) - place(b));
  const kept = withRows(
    stored,
    allRows(stored).filter((at) => at !== row),
  );
  await run.writeFeatures(part, kept, { ...stored.metadata, quarantined });
  await remakeSums(run, part);
}

/**
 * Changes the quarantine of the first partition that has one; commit, `quarantine.jsonl`, `_SUCCESS` and
 * report follow.
 */
async function changeQuarantine(
  run: PlantedRun,
  changed: (record: StoredFeatures['metadata']['quarantined'][number]) => object | undefined,
): Promise<void> {
  for (const part of run.parts) {
    const stored = await run.features(part);
    const [first, ...rest] = stored.metadata.quarantined;
    if (first === undefined) continue;
    const result = changed(first) as typeof first | undefined;
    const quarantined = result === undefined ? rest : [result, ...rest];
    await run.writeFeatures(part, stored, { ...stored.metadata, quarantined });
    await run.rewriteQuarantine();
    await run.reseal([part]);
    await remakeReport(run);
    return;
  }
  throw new Error('the run has no quarantine to spoil');
}

const other = (code: string) => (code === 'E_IMG_DECODE' ? 'E_IMG_TRUNCATED' : 'E_IMG_DECODE');

const QUARANTINE_PLANTS: readonly Plant[] = [
  plant('the code of an image in quarantine changed everywhere, its reason left', (run) =>
    changeQuarantine(run, (record) => ({ ...record, code: other(record.code) })),
  ),
  plant('the bytes of an image in quarantine changed everywhere but in the listing', (run) =>
    changeQuarantine(run, (record) => ({ ...record, bytes: record.bytes + 1 })),
  ),
  plant('the label of an image in quarantine changed everywhere but in the listing', (run) =>
    changeQuarantine(run, (record) => ({ ...record, label: `${record.label}s` })),
  ),
  plant('an image in quarantine is said to be there because of its surroundings', (run) =>
    changeQuarantine(run, (record) => ({ ...record, environmental: !record.environmental })),
  ),
  plant('an image in quarantine for its bytes has the code of a store', (run) =>
    changeQuarantine(run, (record) => ({ ...record, storeCode: 'AccessDenied' })),
  ),
  plant('an image in quarantine lost, all hashes rebuilt', (run) => changeQuarantine(run, () => undefined)),
  plant('an image in quarantine that was never listed', (run) =>
    changeQuarantine(run, (record) => ({ ...record, path: `${record.path}~` })),
  ),
  plant('two lines of quarantine.jsonl exchanged, _SUCCESS rebuilt', async (run, random) => {
    const lines = String(await run.read(RUN_FILES.quarantine))
      .trimEnd()
      .split('\n');
    exchange(lines, 0, 1 + below(random, lines.length - 1));
    await run.write(RUN_FILES.quarantine, `${lines.join('\n')}\n`);
    await run.resealSuccess();
  }),
  plant('a line of quarantine.jsonl gone, _SUCCESS rebuilt', async (run, random) => {
    const lines = String(await run.read(RUN_FILES.quarantine))
      .trimEnd()
      .split('\n');
    lines.splice(below(random, lines.length), 1);
    await run.write(RUN_FILES.quarantine, lines.map((line) => `${line}\n`).join(''));
    await run.resealSuccess();
  }),
];

/** What every file agrees on, and only the images give away. */
const FORGERIES: readonly Plant[] = [
  {
    name: 'a feature changed by one unit in the last place, everything after it rebuilt',
    seenBy: 'recompute',
    plant: async (run, random) => {
      const { part, row } = await anyRow(run, random);
      const stored = await run.features(part);
      const at = stored.features.findIndex((value, index) => index >= row * WIDTH && value > 1 && value < 5);
      stored.features[at] = nextFloat(stored.features[at]!);
      await run.writeFeatures(part, stored, stored.metadata);
      await remakeAfterFeatures(run, [part]);
    },
  },
  {
    name: 'the numbers of two rows exchanged, everything after them rebuilt',
    seenBy: 'recompute',
    plant: async (run, random) => {
      const { part, row } = await anyRow(run, random);
      const stored = await run.features(part);
      exchangeRows(stored.features, [row, row + 1], WIDTH);
      await run.writeFeatures(part, stored, stored.metadata);
      await remakeAfterFeatures(run, [part]);
    },
  },
  {
    name: 'a feature changed, everything after it rebuilt',
    seenBy: 'recompute',
    plant: async (run, random) => {
      const { part, row } = await anyRow(run, random);
      const stored = await run.features(part);
      stored.features[row * WIDTH] = stored.features[row * WIDTH]! / 2 + 1;
      await run.writeFeatures(part, stored, stored.metadata);
      await remakeAfterFeatures(run, [part]);
    },
  },
  {
    name: 'a good image put into quarantine, everything after it rebuilt',
    seenBy: 'recompute',
    plant: async (run, random) => {
      const { part, row } = await anyRow(run, random);
      await intoQuarantine(run, part, row);
      await remakeAfterFeatures(run, [part]);
    },
  },
];

/** Faults of rows, labels and quarantine. */
export const DEEP_ROW_PLANTS: readonly Plant[] = [...ROW_PLANTS, ...QUARANTINE_PLANTS, ...FORGERIES];
