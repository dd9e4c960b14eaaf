import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPublishedWeights } from '@verger/cluster';
import { type Fingerprint, type Storage, sha256 } from '@verger/core';

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
  const there = await readPublishedWeights(output, weightsSha256);
  if (there.status !== 'read' || sha256(there.bytes) !== weightsSha256) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'verger-weights-'));
  const path = join(folder, 'weights.h5');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await writeFile(path, there.bytes);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}
