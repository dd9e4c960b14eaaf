import type { ImageCode } from './codes.ts';
import { type Audit, canonical } from './context.ts';
import type { Plan } from './listing.ts';
import {
  CALIBRATION,
  CLASS,
  CSV,
  epochName,
  freeKind,
  GIVEN_MODEL,
  HTML_REPORT,
  LABELS,
  MANIFEST,
  MODEL,
  partNames,
  QUARANTINE,
  REPORT,
  SCALING,
  SUCCESS,
  TIMELINE,
} from './names.ts';
import { checkStored, type Partition } from './partition.ts';
import {
  cancelShape,
  classShape,
  epochShape,
  failureShape,
  scalingShape,
  successShape,
} from './record-shapes.ts';
import { type Epoch, type PcaModel, type QuarantinedImage, readRecord, type StoredFile } from './records.ts';

/**
 * Checks that epochs are 1, 2, 3, …, and that the records of cancels and failures are of epochs that were.
 */
export async function checkEpochs(audit: Audit): Promise<Epoch[]> {
  const names = [...audit.files].filter((file) => freeKind(file) === 'epoch').sort();
  const epochs: Epoch[] = [];
  for (const [index, name] of names.entries()) {
    const epoch = await readRecord<Epoch>(audit, name, epochShape);
    if (name !== epochName(index + 1)) audit.fault(name, `epoch ${index + 1} is missing`);
    if (epoch === undefined) continue;
    if (epochName(epoch.epoch) !== name) audit.fault(name, `it is epoch ${epoch.epoch}`);
    epochs.push(epoch);
  }
  for (const file of audit.files) {
    if (freeKind(file) === 'failure') await readRecord(audit, file, failureShape);
    if (file === CLASS) await readRecord(audit, file, classShape);
    if (file === SCALING) await readRecord(audit, file, scalingShape);
    if (freeKind(file) === 'cancelled') await readRecord(audit, file, cancelShape);
    const number = /(?:-e|cancelled-)(\d{4,})/.exec(file)?.[1];
    const isOfRun = freeKind(file) === 'failure' || freeKind(file) === 'cancelled';
    if (isOfRun && Number(number) > names.length) audit.fault(file, 'it is of an epoch that never was');
  }
  if (names.length === 0 && !audit.unfinishedOk) audit.fault(epochName(1), 'it is not there');
  return epochs;
}

/** Files that no run has. */
export function checkStray(audit: Audit, { manifest }: Plan): void {
  const own = new Set([MANIFEST, MODEL, LABELS, QUARANTINE, REPORT, CSV, SUCCESS]);
  if (manifest.model !== undefined) own.add(GIVEN_MODEL);
  if (manifest.fingerprint['precision'] === 'int8') own.add(CALIBRATION);
  own.add(CLASS).add(SCALING).add(TIMELINE).add(HTML_REPORT);
  for (const part of manifest.partitions.keys()) {
    for (const name of Object.values(partNames(part, manifest.partDigits))) own.add(name);
  }
  for (const file of audit.files) {
    const kind = freeKind(file);
    if (own.has(file) || (kind !== undefined && kind !== 'temporary')) continue;
    if (kind === 'temporary' && audit.unfinishedOk) continue;
    audit.fault(file, 'it is no file of this run');
  }
}

/** Checks `quarantine.jsonl`: the quarantine of all partitions, in listing order. */
export async function checkQuarantine(audit: Audit, partitions: readonly Partition[]): Promise<void> {
  const bytes = await audit.require(QUARANTINE);
  if (bytes === undefined || partitions.some(({ rows }) => rows === undefined)) return;
  const fields = ['path', 'label', 'code', 'reason', 'bytes', 'environmental', 'storeCode'] as const;
  const line = (record: QuarantinedImage) =>
    `${JSON.stringify(Object.fromEntries(fields.map((field) => [field, record[field]])))}\n`;
  const wanted = partitions.flatMap(({ rows }) => rows?.quarantined ?? []).map(line);
  if (!bytes.equals(Buffer.from(wanted.join(''))))
    audit.fault(QUARANTINE, 'it is not the quarantine of the features files');
}

/** What a finished run must say of itself. */
export interface Totals {
  readonly verdict: 'ok' | 'too-many-bad';
  readonly listed: number;
  readonly extracted: number;
  readonly quarantined: number;
}

/** The counts and the verdict that partitions and limit give. */
export function totalsOf(plan: Plan, partitions: readonly Partition[], maxBad: number): Totals {
  const extracted = partitions.reduce((sum, { rows }) => sum + (rows?.paths.length ?? 0), 0);
  const quarantined = partitions.reduce((sum, { rows }) => sum + (rows?.quarantined.length ?? 0), 0);
  const { images: listed } = plan.manifest.listing;
  const tooMany = extracted === 0 || quarantined > maxBad * listed;
  return { verdict: tooMany ? 'too-many-bad' : 'ok', listed, extracted, quarantined };
}

/** Checks `_SUCCESS`: counts, verdict, and exactly the data files with their hashes. */
export async function checkSuccess(
  audit: Audit,
  plan: Plan,
  found: { readonly totals: Totals; readonly model: PcaModel | undefined; readonly epochs: readonly Epoch[] },
): Promise<void> {
  const { totals, model, epochs } = found;
  const success = await readRecord<
    Totals & { epoch: number; k: number | null; files: Record<string, StoredFile> }
  >(audit, SUCCESS, successShape);
  if (success === undefined) return;
  const fault = (text: string) => audit.fault(SUCCESS, text);
  for (const field of ['verdict', 'listed', 'extracted', 'quarantined'] as const) {
    if (success[field] !== totals[field])
      fault(`${field} is ${success[field]}, the files give ${totals[field]}`);
  }
  if (success.listed !== success.extracted + success.quarantined)
    fault('listed is not extracted + quarantined');
  if (success.k !== (model?.k ?? null)) fault(`k is ${success.k}, that of the model ${model?.k}`);
  const answered = epochs[success.epoch - 1];
  // A page that is asked for, or not, leaves a finished run as it is.
  const asked = (epoch: Epoch | undefined) => ({ ...epoch?.finish, htmlReport: undefined });
  if (canonical(asked(answered)) !== canonical(asked(epochs.at(-1))))
    fault('it answers another epoch than the newest');
  const wanted = [QUARANTINE, ...(model === undefined ? [] : [MODEL, LABELS])];
  if (model !== undefined && answered?.finish.csv === true) wanted.push(CSV);
  for (const part of plan.manifest.partitions.keys()) {
    const { features, sums, projection } = partNames(part, plan.manifest.partDigits);
    wanted.push(features, sums, ...(model === undefined ? [] : [projection]));
  }
  if (wanted.sort().join('\n') !== Object.keys(success.files).sort().join('\n'))
    fault('it does not name exactly the data files');
  for (const [file, stored] of Object.entries(success.files))
    await checkStored(audit, file, { by: SUCCESS, stored });
  for (const file of [REPORT, ...wanted]) if (!audit.files.has(file)) audit.fault(file, 'it is not there');
}

/** Codes in quarantine with their counts and first paths, in the order of the documentation. */
export function quarantineByCode(partitions: readonly Partition[], codes: ReadonlyMap<string, ImageCode>) {
  const all = partitions.flatMap(({ rows }) => rows?.quarantined ?? []);
  return [...codes].flatMap(([code, { what: reason, next }]) => {
    const those = all.filter((record) => record.code === code);
    const examples = those.slice(0, 3).map(({ path }) => path);
    const storeCodes: Record<string, number> = {};
    for (const { storeCode } of those) {
      if (storeCode !== undefined) storeCodes[storeCode] = (storeCodes[storeCode] ?? 0) + 1;
    }
    const words = Object.keys(storeCodes).length === 0 ? {} : { storeCodes };
    return those.length === 0 ? [] : [{ code, reason, next, count: those.length, examples, ...words }];
  });
}
