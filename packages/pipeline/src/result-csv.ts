import { createHash } from 'node:crypto';
import {
  type Commit,
  ERRORS,
  type FinishOptions,
  type ImageRef,
  RUN_FILES,
  type StoredFile,
  VergerError,
} from '@verger/core';
import { parseListingPart } from '@verger/listing';
import { csvHeader, csvRecord } from '@verger/tables';
import { readAhead } from './bounded.ts';
import type { ProjectionRows } from './child-protocol.ts';
import { placed } from './placed.ts';
import type { StoredModel } from './project.ts';
import { readImage } from './read-image.ts';
import { requireFile } from './records.ts';
import { IMAGES_AHEAD, type StageContext } from './stage-context.ts';
import { hashStored } from './verify-success.ts';

/** Records are handed to the storage in pieces of about this size. */
const PIECE_BYTES = 1024 * 1024;

/** What a CSV is made of. */
export interface CsvSource {
  readonly commits: readonly Commit[];
  readonly model: StoredModel;
  readonly options: FinishOptions;
}

/**
 * Creates `result.csv`, streamed: one record a good image, in listing order. With images, each is read again, and must still be
 * the listed one (E_CSV_IMAGE: the run is not finished then, and its features are kept). One that is there is
 * taken when it is the same; one that was made with other options, before `_SUCCESS` could be, is made again.
 */
export async function writeResultCsv(ctx: StageContext, source: CsvSource): Promise<StoredFile> {
  const { store } = ctx.run;
  for (let tries = 1; ; tries += 1) {
    const { outcome, file } = await createCsv(ctx, source);
    if (outcome === 'created') return file;
    if ((await hashStored(store, RUN_FILES.csv))?.sha256 === file.sha256) return file;
    if (tries === 2) throw new VergerError('E_STORAGE', { location: `${store.describe()}/${RUN_FILES.csv}` });
    await store.remove(RUN_FILES.csv);
  }
}

async function createCsv(ctx: StageContext, source: CsvSource) {
  const hash = createHash('sha256');
  let bytes = 0;
  const hashed = async function* () {
    for await (const piece of csvPieces(ctx, source)) {
      hash.update(piece);
      bytes += piece.byteLength;
      yield piece;
    }
  };
  const outcome = await ctx.run.store.create(RUN_FILES.csv, hashed());
  return { outcome, file: { sha256: hash.digest('hex'), bytes } };
}

async function* csvPieces(
  ctx: StageContext,
  { commits, model, options }: CsvSource,
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [Buffer.from(csvHeader({ withImages: options.withImages }))];
  let length = 0;
  const parts = readAhead(commits, 2, (commit) => readPart(ctx, commit, { model, options }));
  for await (const { rows, images } of parts) {
    let row = 0;
    for await (const image of readAhead(images, IMAGES_AHEAD * 4, (ref) => readAgain(ctx, ref))) {
      ctx.signal.throwIfAborted();
      const record = csvRecord(
        {
          path: rows.paths[row] as string,
          label: rows.labels[row] as string,
          pcaFeatures: rows.projection.subarray(row * rows.k, (row + 1) * rows.k),
          ...(image === undefined ? {} : { image }),
        },
        { raw: options.csvRaw },
      );
      row += 1;
      pending.push(record);
      length += record.byteLength;
      if (length < PIECE_BYTES) continue;
      yield Buffer.concat(pending);
      pending = [];
      length = 0;
    }
  }
  yield Buffer.concat(pending);
}

/** The projection of a partition, and what to read again for each of its rows (null: no image is asked for). */
async function readPart(
  ctx: StageContext,
  commit: Commit,
  { model, options }: { model: StoredModel; options: FinishOptions },
): Promise<{ rows: ProjectionRows; images: (ImageRef | null)[] }> {
  const { run, layout } = ctx;
  const { partition } = commit;
  const rows = await readProjection(ctx, commit, model);
  const listing = parseListingPart(await requireFile(run.store, layout.listing(partition)));
  let next = 0;
  const images = rows.paths.map((path) => {
    // An escaped name of a refused image may be the path of a good one.
    while (listing[next] !== undefined && !isListed(listing[next], path)) next += 1;
    const image = listing[next];
    next += 1;
    if (image !== undefined) return options.withImages ? image : null;
    const location = `${run.store.describe()}/${layout.projection(partition)}`;
    const detail = 'It is not in the listing of its partition.';
    throw new VergerError('E_PART_CORRUPT', { path, partition, location }, { detail });
  });
  return { rows, images };
}

const isListed = (image: ImageRef | undefined, path: string) =>
  image?.path === path && image.refused === undefined;

async function readProjection(
  ctx: StageContext,
  { partition, extracted }: Commit,
  model: StoredModel,
): Promise<ProjectionRows> {
  const { run, layout, children, signal } = ctx;
  const file = layout.projection(partition);
  const location = `${run.store.describe()}/${file}`;
  const bytes = await requireFile(run.store, file);
  try {
    const rows = await children.call('readProjection', { bytes, modelSha256: model.sha256 }, { signal });
    if (rows.paths.length === extracted) return rows;
    throw new VergerError('E_PART_CORRUPT', {}, { detail: 'It does not have the rows of its commit.' });
  } catch (error) {
    throw placed(error, partition, location);
  }
}

async function readAgain(ctx: StageContext, image: ImageRef | null): Promise<Uint8Array | undefined> {
  if (image === null) return undefined;
  const read = await readImage(ctx.run.images, image, ctx.signal);
  if (read.ok) return read.bytes;
  throw new VergerError(
    'E_CSV_IMAGE',
    { path: image.path },
    { detail: `${read.code}: ${ERRORS[read.code].what}` },
  );
}
