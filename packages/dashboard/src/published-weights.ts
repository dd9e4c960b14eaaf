import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fingerprint, SHARED_FILES, type Storage, sha256 } from '@verger/core';

/** A weights file is about 9 MB; nothing near this is one. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A temporary file with weights. */
export interface WeightsFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * The weights that the coordinator of a run published for its workers, in a temporary file: a dashboard needs
 * neither a cache nor a download to resume it. Undefined when the whole file is not there, or none is needed.
 * `output` is rooted at the output folder. Errors: those of the storage and of the temporary folder.
 */
export async function fetchPublishedWeights(
  output: Pick<Storage, 'read'>,
  { weightsKind, weightsSha256 }: Fingerprint,
): Promise<WeightsFile | undefined> {
  if (weightsKind === 'untrained') return undefined;
  const there = await output.read(SHARED_FILES.weights(weightsSha256), { maxBytes: MAX_BYTES });
  if (there.status !== 'read' || sha256(there.bytes) !== weightsSha256) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'verger-weights-'));
  const path = join(folder, 'weights.h5');
  await writeFile(path, there.bytes);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
