import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Commit,
  canonicalJson,
  commitSchema,
  type LabelCentroids,
  type Manifest,
  manifestSchema,
  type PcaModel,
  type Quarantined,
  RUN_FILES,
  type RunLayout,
  runLayout,
  type StoredFile,
  type Success,
  type Sums,
  sha256,
  successSchema,
  withSelfHash,
} from '@verger/core';
import {
  decodeFeatures,
  decodeProjection,
  decodeSums,
  encodeFeatures,
  encodeProjection,
  encodeSums,
  type StoredFeatures,
  type StoredProjection,
} from '@verger/tables';

/**
 * Copies a run by hard links: nothing is copied, and `PlantedRun` never writes into a file that has another
 * name.
 */
export async function linkedCopy(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkedCopy(source, target);
    else {
      await mkdir(to, { recursive: true });
      await link(source, target);
    }
  }
}

/**
 * A copy of a finished run, to be spoiled. It writes files as verger would, so that hashes hold: what is
 * planted with it can only be found by looking at what the files mean.
 */
export class PlantedRun {
  readonly folder: string;
  /** The folder IMAGES of the run. */
  readonly images: string;
  readonly layout: RunLayout;
  readonly parts: readonly number[];

  private constructor(folder: string, manifest: Manifest) {
    this.folder = folder;
    this.images = manifest.images;
    this.layout = runLayout(manifest.partDigits);
    this.parts = [...manifest.partitions.keys()];
  }

  static async open(folder: string): Promise<PlantedRun> {
    const manifest: unknown = JSON.parse(await readFile(join(folder, RUN_FILES.manifest), 'utf8'));
    return new PlantedRun(folder, manifestSchema.parse(manifest));
  }

  async read(file: string): Promise<Buffer> {
    return await readFile(join(this.folder, file));
  }

  async write(file: string, bytes: Uint8Array | string): Promise<void> {
    await this.remove(file);
    await mkdir(dirname(join(this.folder, file)), { recursive: true });
    await writeFile(join(this.folder, file), bytes);
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.folder, file), { force: true });
  }

  /** Reads a JSON record, changes it, and writes it as verger would, its self-hash rebuilt. */
  async change<T extends object>(file: string, changed: (record: T) => object): Promise<void> {
    const record = changed(JSON.parse((await this.read(file)).toString()) as T);
    const { selfHash, ...rest } = record as { selfHash?: string };
    const sealed = selfHash === undefined ? record : withSelfHash(rest);
    const isOfPca = file === RUN_FILES.model || file === RUN_FILES.labels;
    await this.write(file, `${isOfPca ? JSON.stringify(sealed) : JSON.stringify(sealed, null, 1)}\n`);
  }

  async manifest(): Promise<Manifest> {
    return manifestSchema.parse(JSON.parse((await this.read(RUN_FILES.manifest)).toString()));
  }

  async features(part: number): Promise<StoredFeatures> {
    return await decodeFeatures(await this.read(this.layout.features(part)));
  }

  /** Writes features with a right digest and seal; `listed` is what they give. */
  async writeFeatures(
    part: number,
    rows: Pick<StoredFeatures, 'paths' | 'labels' | 'features'>,
    metadata: StoredFeatures['metadata'],
  ): Promise<void> {
    const listed = rows.paths.length + metadata.quarantined.length;
    await this.write(this.layout.features(part), encodeFeatures(rows, { ...metadata, listed }));
  }

  async sums(part: number): Promise<Sums> {
    return decodeSums(await this.read(this.layout.sums(part)));
  }

  async writeSums(part: number, sums: Sums): Promise<void> {
    await this.write(this.layout.sums(part), encodeSums(sums));
  }

  async model(): Promise<PcaModel> {
    return JSON.parse((await this.read(RUN_FILES.model)).toString()) as PcaModel;
  }

  async writePca(model: PcaModel, labels: LabelCentroids): Promise<void> {
    await this.write(RUN_FILES.model, `${JSON.stringify(model)}\n`);
    await this.write(RUN_FILES.labels, `${JSON.stringify(labels)}\n`);
  }

  async projection(part: number): Promise<StoredProjection> {
    return await decodeProjection(await this.read(this.layout.projection(part)));
  }

  async writeProjection(part: number, rows: StoredProjection): Promise<void> {
    await this.write(this.layout.projection(part), encodeProjection(rows, rows));
  }

  async stored(file: string): Promise<StoredFile> {
    const bytes = await this.read(file);
    return { sha256: sha256(bytes), bytes: bytes.length };
  }

  /** The quarantine of all partitions. */
  async quarantine(): Promise<Quarantined[]> {
    const all = await Promise.all(this.parts.map((part) => this.features(part)));
    return all.flatMap(({ metadata }) => metadata.quarantined);
  }

  /** Makes `quarantine.jsonl` that of the features files. */
  async rewriteQuarantine(): Promise<void> {
    const lines = (await this.quarantine()).map((record) => `${JSON.stringify(record)}\n`);
    await this.write(RUN_FILES.quarantine, lines.join(''));
  }

  /** Makes a commit say what the features and sums of its partition are, then what `changed` says. */
  async resealCommit(part: number, changed: (commit: Commit) => object = (commit) => commit): Promise<void> {
    const { metadata, paths } = await this.features(part);
    const quarantined: Record<string, number> = {};
    for (const { code } of metadata.quarantined) quarantined[code] = (quarantined[code] ?? 0) + 1;
    const { identity } = await this.manifest();
    const fields = {
      runIdentity: identity,
      rowsDigest: metadata.rowsDigest,
      features: await this.stored(this.layout.features(part)),
      sums: await this.stored(this.layout.sums(part)),
      listed: metadata.listed,
      extracted: paths.length,
      quarantined,
      numericClass: metadata.numericClass,
    };
    await this.change<Commit>(this.layout.commit(part), (commit) =>
      changed({ ...commit, ...fields } as Commit),
    );
  }

  /** Makes `_SUCCESS` say what the files are, then what `changed` says. */
  async resealSuccess(changed: (success: Success) => object = (success) => success): Promise<void> {
    const commits = await Promise.all(
      this.parts.map(async (part) =>
        commitSchema.parse(JSON.parse(String(await this.read(this.layout.commit(part))))),
      ),
    );
    const extracted = commits.reduce((sum, commit) => sum + commit.extracted, 0);
    const listed = commits.reduce((sum, commit) => sum + commit.listed, 0);
    const old = successSchema.parse(JSON.parse(String(await this.read(RUN_FILES.success))));
    const files: Record<string, StoredFile> = {};
    for (const file of Object.keys(old.files)) files[file] = await this.stored(file);
    const { k } = await this.model();
    await this.change<Success>(RUN_FILES.success, (success) =>
      changed({ ...success, listed, extracted, quarantined: listed - extracted, k, files }),
    );
  }

  /** Commits of these partitions (default: all) and `_SUCCESS` made to say what the files are. */
  async reseal(parts: readonly number[] = this.parts): Promise<void> {
    for (const part of parts) await this.resealCommit(part);
    await this.resealSuccess();
  }

  /** Makes manifest and commits agree again after listing parts were changed: hashes, counts, identity. */
  async resealListing(): Promise<void> {
    const parts = await Promise.all(this.parts.map((part) => this.read(this.layout.listing(part))));
    const lines = parts.map((part) =>
      String(part)
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { bytes: number; label: string }),
    );
    const partitions = parts.map((part, index) => ({
      images: lines[index]!.length,
      bytes: lines[index]!.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: sha256(part),
    }));
    const all = lines.flat();
    const listing = {
      sha256: sha256(Buffer.concat(parts)),
      images: all.length,
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      labels: new Set(all.map(({ label }) => label)).size,
    };
    await this.change<Manifest>(RUN_FILES.manifest, (manifest) => {
      const { fingerprint, extraction, pca } = manifest;
      const identity = sha256(canonicalJson({ listing: listing.sha256, fingerprint, extraction, pca }));
      return { ...manifest, identity, partitions, listing: { ...manifest.listing, ...listing } };
    });
    const { identity } = await this.manifest();
    for (const part of this.parts) {
      await this.change<Commit>(this.layout.commit(part), (commit) => ({ ...commit, runIdentity: identity }));
    }
    await this.resealSuccess();
  }
}
