import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Run } from '@verger/core';
import { pause, type StageServices, stageContext } from '@verger/stages';
import { openLocalStorage } from '@verger/storage';
import { type Examination, examineRun } from '@verger/verify';
import { type FakeChildren, fakeChildren } from './fake-children.ts';
import { CLOCK, SILENT, type TestRun, temporaryFolder, WORKER } from './run-harness.ts';

/** What a stage context has beyond its run, on fake children. */
export function testServices(
  children: FakeChildren = fakeChildren(),
): StageServices & { children: FakeChildren } {
  return { children, worker: WORKER, clock: CLOCK, logger: SILENT, pause };
}

/** Examines a run in this process. */
export async function examine(
  run: Pick<Run, 'manifest' | 'store' | 'images'>,
  children?: FakeChildren,
): Promise<Examination> {
  const signal = new AbortController().signal;
  const own = { run: { ...run, epoch: 0 }, signal, emit: () => {} };
  return await examineRun(stageContext(testServices(children), own));
}

/** The faults of an examination as `file: what`, sorted by file. */
export function faultsOf({ findings }: Examination): string[] {
  return findings.filter(({ severity }) => severity === 'fault').map(({ file, what }) => `${file}: ${what}`);
}

/** A copy of a run's folder that a test may spoil; the images are the same. */
export async function copyOf(
  t: TestContext,
  run: TestRun,
): Promise<Pick<TestRun, 'manifest' | 'store' | 'images' | 'folder'>> {
  const folder = join(await temporaryFolder(t), run.manifest.runId);
  await cp(run.folder, folder, { recursive: true, preserveTimestamps: true });
  return { manifest: run.manifest, images: run.images, folder, store: openLocalStorage(folder) };
}
