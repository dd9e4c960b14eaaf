import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * The folder with model, data and reference values: `VERGER_SHARED`, or `../shared` beside the repository.
 * Undefined when absent.
 */
export const sharedFolder: string | undefined = [
  process.env['VERGER_SHARED'],
  fileURLToPath(new URL('../../../../shared', import.meta.url)),
].find((folder) => folder !== undefined && existsSync(`${folder}/reference/reference.json`));

/** A path inside the shared folder. Only inside `sharedTest`. */
export function sharedFile(path: string): string {
  if (sharedFolder === undefined) throw new Error(`the shared folder is absent: ${path}`);
  return `${sharedFolder}/${path}`;
}

/**
 * A test that needs the shared folder: skipped by name when it is absent, failed when
 * VERGER_REQUIRE_SHARED=1.
 */
export function sharedTest(name: string, body: () => Promise<void> | void): void {
  const absent = sharedFolder === undefined;
  if (absent && process.env['VERGER_REQUIRE_SHARED'] === '1') {
    test(name, () => {
      throw new Error('VERGER_REQUIRE_SHARED=1, but there is no shared folder');
    });
  } else {
    test(name, { skip: absent ? 'needs ../shared (or VERGER_SHARED)' : false }, body);
  }
}
