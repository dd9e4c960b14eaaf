import { type Audit, canonical, sha256 } from './context.ts';
import { MANIFEST, partNames } from './names.ts';
import { imageShape, manifestShape } from './record-shapes.ts';
import { type ListedImage, type Manifest, readRecord, textOf } from './records.ts';

/** A manifest that can be used, and the listing of each partition (undefined where its part cannot be). */
export interface Plan {
  readonly manifest: Manifest;
  readonly listing: readonly (readonly ListedImage[] | undefined)[];
}

/** Checks manifest and listing: hashes, counts, order, labels, and where it is cut. */
export async function checkPlan(audit: Audit): Promise<Plan | undefined> {
  const manifest = await readRecord<Manifest>(audit, MANIFEST, manifestShape);
  if (manifest === undefined) return undefined;
  checkManifest(audit, manifest);
  const parts: Buffer[] = [];
  const listing: (ListedImage[] | undefined)[] = [];
  for (const [part, partition] of manifest.partitions.entries()) {
    const file = partNames(part, manifest.partDigits).listing;
    const bytes = await audit.require(file);
    if (bytes !== undefined) parts.push(bytes);
    if (bytes !== undefined && sha256(bytes) !== partition.sha256) {
      audit.fault(file, 'its sha256 is not the one in the manifest');
    }
    listing.push(bytes === undefined ? undefined : listingOf(audit, file, bytes));
    const lines = listing[part];
    if (lines === undefined) continue;
    if (lines.length !== partition.images)
      audit.fault(file, `${lines.length} lines for ${partition.images} images`);
    if (total(lines, ({ bytes: size }) => size) !== partition.bytes)
      audit.fault(file, 'its bytes are not those counted');
  }
  if (!listing.includes(undefined)) {
    const all = listing.flatMap((lines) => lines ?? []);
    checkListing(audit, manifest, all);
    if (sha256(Buffer.concat(parts)) !== manifest.listing.sha256) {
      audit.fault(MANIFEST, 'the sha256 of the listing is not that of its parts');
    }
  }
  return { manifest, listing };
}

const total = <T>(items: readonly T[], pick: (item: T) => number) =>
  items.reduce((sum, item) => sum + pick(item), 0);

function checkManifest(audit: Audit, manifest: Manifest): void {
  const { extraction, pca, fingerprint, listing, partitions, partDigits, model } = manifest;
  const identity = sha256(canonical({ listing: listing.sha256, fingerprint, extraction, pca, model }));
  if (identity !== manifest.identity) audit.fault(MANIFEST, 'its identity is not that of its contents');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(manifest.runId))
    audit.fault(MANIFEST, 'its run id is not a name');
  if ((pca.variance === null) === (pca.components === null)) {
    audit.fault(MANIFEST, 'not exactly one of variance and components is given');
  }
  if (total(partitions, ({ images }) => images) !== listing.images) {
    audit.fault(MANIFEST, 'the images of its partitions are not those of its listing');
  }
  if (total(partitions, ({ bytes }) => bytes) !== listing.bytes) {
    audit.fault(MANIFEST, 'the bytes of its partitions are not those of its listing');
  }
  if (partDigits !== Math.max(5, String(partitions.length - 1).length)) {
    audit.fault(MANIFEST, 'its part numbers have other digits');
  }
}

function listingOf(audit: Audit, file: string, bytes: Buffer): ListedImage[] | undefined {
  const lines = textOf(bytes).split('\n');
  if (lines.pop() !== '') {
    audit.fault(file, 'it ends inside a line');
    return undefined;
  }
  const images: ListedImage[] = [];
  for (const [index, line] of lines.entries()) {
    const value: unknown = JSON.parse(line);
    const fault = imageShape(value, `line ${index + 1}`);
    if (fault !== undefined) {
      audit.fault(file, fault);
      return undefined;
    }
    if (canonical(value) !== line) audit.fault(file, `line ${index + 1} is not canonical JSON`);
    images.push(value as ListedImage);
  }
  return images;
}

function checkListing(audit: Audit, manifest: Manifest, images: readonly ListedImage[]): void {
  const { listing, extraction } = manifest;
  const fault = (text: string) => audit.fault(MANIFEST, text);
  if (new Set(images.map(({ label }) => label)).size !== listing.labels) fault('it counts other labels');
  if (images.filter(({ refused }) => refused !== undefined).length !== listing.refused) {
    fault('it counts other refused images');
  }
  if (extraction.limit !== null && images.length > extraction.limit)
    fault('there are more images than its limit');
  const plain = images.filter(({ refused }) => refused !== 'E_IMG_NAME').map(({ path }) => path);
  const unordered = plain.findIndex(
    (path, index) => index > 0 && Buffer.compare(Buffer.from(plain[index - 1]!), Buffer.from(path)) >= 0,
  );
  if (unordered >= 0) fault(`${plain[unordered]} is listed twice or out of order`);
  for (const { path, label } of images) {
    if (label !== (expectedLabel(extraction.label, path) ?? label)) fault(`${path} has the label ${label}`);
    if (!isSampled(extraction, path)) fault(`${path} is not in the sample`);
  }
  const cut = partitionSizes(images, extraction).join(' ');
  if (cut !== manifest.partitions.map((partition) => partition.images).join(' ')) {
    fault('the listing is not cut where its options say');
  }
}

/** The label of a path by the rules that need nothing else; undefined for a rule that does. */
function expectedLabel(rule: string, path: string): string | undefined {
  if (rule === 'none') return '';
  return rule === 'parent' ? (path.split('/').at(-2) ?? '') : undefined;
}

function isSampled({ sample, seed }: Manifest['extraction'], path: string): boolean {
  return sample === null || Number.parseInt(sha256(`${seed}\n${path}`).slice(0, 12), 16) / 2 ** 48 < sample;
}

/** Images a partition, as docs/formats.md says. */
function partitionSizes(
  images: readonly ListedImage[],
  { partitions, partitionSize }: Manifest['extraction'],
): number[] {
  const n = images.length;
  if (partitions !== null) {
    const parts = Math.min(partitions, n);
    return Array.from({ length: parts }, (_, part) => Math.floor(n / parts) + (part < n % parts ? 1 : 0));
  }
  const size = partitionSize ?? Math.min(1000, Math.max(64, Math.ceil(n / 32)));
  const sizes: number[] = [];
  let open = { images: 0, bytes: 0 };
  for (const { bytes } of images) {
    if (open.images === size || (open.images > 0 && open.bytes + bytes > 256 * 2 ** 20)) {
      sizes.push(open.images);
      open = { images: 0, bytes: 0 };
    }
    open = { images: open.images + 1, bytes: open.bytes + bytes };
  }
  return n === 0 ? sizes : [...sizes, open.images];
}
