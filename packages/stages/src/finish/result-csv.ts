import { createHash } from 'node:crypto';
import {
  type Commit,
  type FinishOptions,
  fileError,
  RUN_FILES,
  readAhead,
  type StoredFile,
} from '@verger/core';
import { type CsvPart, csvPieces, listedImages } from '@verger/export';
import { parseListingPart } from '@verger/listing';
import { hashStored, requireFile } from '@verger/run';
import type { StageContext } from '../context.ts';
import { readProjection, type StoredModel } from '../project/project.ts';

/** What a CSV is made of. */
export interface CsvSource {
  readonly commits: readonly Pick<Commit, 'partition' | 'extracted'>[];
  readonly model: StoredModel;
  readonly options: FinishOptions;
}

/**
 * Creates `result.csv`, streamed: one record a good image, in listing order. With images, each is read again,
 * and must still be the listed one (E_CSV_IMAGE: the run is not finished then, and its features are kept).
 * One that is there is taken when it is the same; one that was made with other options, before `_SUCCESS`
 * could be, is made again.
 */
export async function writeResultCsv(ctx: StageContext, source: CsvSource): Promise<StoredFile> {
  const { store } = ctx.run;
  for (let tries = 1; ; tries += 1) {
    const { outcome, file } = await createCsv(ctx, source);
    if (outcome === 'created') return file;
    if ((await hashStored(store, RUN_FILES.csv))?.sha256 === file.sha256) return file;
    if (tries === 2) throw fileError('E_STORAGE', { store, file: RUN_FILES.csv });
    await store.remove(RUN_FILES.csv);
  }
}

async function createCsv(ctx: StageContext, source: CsvSource) {
  const hash = createHash('sha256');
  let bytes = 0;
  const hashed = async function* () {
    for await (const piece of resultPieces(ctx, source)) {
      hash.update(piece);
      bytes += piece.byteLength;
      yield piece;
    }
  };
  const outcome = await ctx.run.store.create(RUN_FILES.csv, hashed());
  return { outcome, file: { sha256: hash.digest('hex'), bytes } };
}

/** The bytes of `result.csv`, a piece at a time. Errors: E_CSV_IMAGE, E_PART_CORRUPT, E_RUN_CORRUPT. */
export function resultPieces(
  ctx: StageContext,
  { commits, model, options }: CsvSource,
): AsyncGenerator<Uint8Array> {
  const { withImages, csvRaw: raw, csvBom: bom = false } = options;
  const parts = readAhead(commits, 2, (commit) => readPart(ctx, commit, { model, withImages }));
  const { images } = ctx.run;
  return csvPieces(parts, { columns: { withImages }, raw, bom, images, signal: ctx.signal });
}

/** The projection of a partition, and the images of its rows where they are asked for. */
async function readPart(
  ctx: StageContext,
  commit: CsvSource['commits'][number],
  { model, withImages }: { model: StoredModel; withImages: boolean },
): Promise<CsvPart> {
  const { store } = ctx.run;
  const { partition, extracted } = commit;
  const file = ctx.layout.projection(partition);
  const { paths, labels, projection, k } = (await readProjection(ctx, partition, model)).rows;
  const rowsFile = { store, file, partition };
  if (paths.length !== extracted)
    throw fileError('E_PART_CORRUPT', rowsFile, 'Its rows do not match its commit.');
  const listing = parseListingPart(await requireFile(store, ctx.layout.listing(partition)));
  const images = listedImages(paths, listing, rowsFile);
  const part = { paths, labels, pcaFeatures: { values: projection, width: k } };
  return withImages ? { ...part, images } : part;
}
