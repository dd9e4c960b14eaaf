import type { ImageCode } from './codes.ts';
import { type Audit, guarded } from './context.ts';
import { checkFeatures, type Features } from './features.ts';
import type { Plan } from './listing.ts';
import { partNames } from './names.ts';
import { commitShape } from './record-shapes.ts';
import { type Commit, readRecord, type StoredFile } from './records.ts';
import { sumsDifference, sumsOfRows } from './sums-check.ts';
import { readSumsFile } from './sums-file.ts';

/** What is known of a partition after its features, sums and commit were checked. */
export interface Partition {
  readonly part: number;
  readonly commit: Commit | undefined;
  /** Without its numbers: they are read again where they are needed. */
  readonly rows: Omit<Features, 'values'> | undefined;
}

/** Checks one partition: features against the listing, sums against features, the commit against both. */
export async function checkPartition(
  audit: Audit,
  part: number,
  plan: Plan & { readonly codes: ReadonlyMap<string, ImageCode>; readonly epochs: number },
): Promise<Partition> {
  const { manifest } = plan;
  const names = partNames(part, manifest.partDigits);
  const listing = plan.listing[part];
  const features = await checkFeatures(audit, part, { manifest, listing, codes: plan.codes });
  await checkSums(audit, names, features);
  const commit = await readRecord<Commit>(audit, names.commit, commitShape);
  if (commit !== undefined) await checkCommit(audit, part, { commit, features, plan });
  else if (!audit.files.has(names.commit) && !audit.unfinishedOk)
    audit.fault(names.commit, 'it is not there');
  if (features === undefined) return { part, commit, rows: undefined };
  const { values: _, ...rows } = features;
  return { part, commit, rows };
}

async function checkSums(
  audit: Audit,
  names: { readonly features: string; readonly sums: string },
  features: Features | undefined,
): Promise<void> {
  const bytes = await audit.read(names.sums);
  if (bytes === undefined) return;
  if (features === undefined) {
    if (!audit.files.has(names.features)) audit.fault(names.sums, 'there are no features of these sums');
    return;
  }
  const hashes = [await audit.hashOf(names.features), await audit.hashOf(names.sums)];
  const fact = `sums ${hashes.map((hash) => hash?.sha256).join(' ')}`;
  if (audit.known.has(fact)) return;
  const difference = await guarded(audit, names.sums, () =>
    sumsDifference(readSumsFile(bytes), sumsOfRows(features)),
  );
  if (difference !== undefined) audit.fault(names.sums, difference);
  else if (!audit.findings.some(({ file }) => file === names.sums)) audit.known.add(fact);
}

/** A file is the one that a record names, by sha256 and size. */
export async function checkStored(
  audit: Audit,
  file: string,
  named: { readonly by: string; readonly stored: StoredFile },
): Promise<void> {
  const found = await audit.hashOf(file);
  if (found === undefined) audit.fault(file, `it is not there, but ${named.by} names it`);
  else if (found.sha256 !== named.stored.sha256)
    audit.fault(file, `its sha256 is not the one in ${named.by}`);
  else if (found.bytes !== named.stored.bytes) audit.fault(named.by, `it names another size of ${file}`);
}

async function checkCommit(
  audit: Audit,
  part: number,
  found: {
    readonly commit: Commit;
    readonly features: Features | undefined;
    readonly plan: Plan & { epochs: number };
  },
): Promise<void> {
  const { commit, features, plan } = found;
  const names = partNames(part, plan.manifest.partDigits);
  const fault = (text: string) => audit.fault(names.commit, text);
  if (commit.partition !== part) fault(`it is that of partition ${commit.partition}`);
  if (commit.runIdentity !== plan.manifest.identity) fault('it is that of another run');
  if (commit.epoch > plan.epochs) fault(`there is no epoch ${commit.epoch}`);
  const bad = Object.values(commit.quarantined).reduce((sum, images) => sum + images, 0);
  if (commit.listed !== plan.manifest.partitions[part]?.images)
    fault('it counts other images than the manifest');
  if ((commit.reused ?? 0) > commit.extracted) fault('it counts more reused images than extracted ones');
  if (commit.listed !== commit.extracted + bad) fault('listed is not extracted + quarantined');
  await checkStored(audit, names.features, { by: names.commit, stored: commit.features });
  await checkStored(audit, names.sums, { by: names.commit, stored: commit.sums });
  if (features === undefined) return;
  if (commit.rowsDigest !== features.rowsDigest) fault('its rows digest is not that of the features');
  if (commit.extracted !== features.paths.length) fault('it counts other rows than the features');
  if (commit.numericClass !== features.numericClass) fault('its numeric class is not that of the features');
  const codes = new Map<string, number>();
  for (const { code } of features.quarantined) codes.set(code, (codes.get(code) ?? 0) + 1);
  const sorted = (pairs: Iterable<[string, number]>) => JSON.stringify([...pairs].sort());
  if (sorted(codes) !== sorted(Object.entries(commit.quarantined)))
    fault('its quarantine is not that of the features');
}
