import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { trackedFiles } from '../../tools/sources.ts';
import { WRAPPED } from './fs-hook.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Names that are no calls on a run or its images: of /proc, or none at all. */
const NO_CALLS = ['constants', 'existsSync', 'readlinkSync'];
const READS_PROC = ['packages/storage/src/local/owner.ts: readFileSync'];

/**
 * Functions of Node's file system that what a run is made of imports, and that no fault is put into; `file:
 * name` each.
 */
export async function uncoveredCalls(): Promise<string[]> {
  const sources = trackedFiles(ROOT, ['.ts']).filter(
    (file) =>
      /^packages\/(storage|listing|run|export|stages|verify)\/src\/(?!s3\/)/.test(file) &&
      !file.endsWith('.test.ts'),
  );
  const uncovered: string[] = [];
  for (const file of sources) {
    const text = await readFile(`${ROOT}${file}`, 'utf8');
    for (const [, names = '', module = ''] of text.matchAll(
      /import \{([^}]*)\} from '(node:fs(?:\/promises)?)'/g,
    )) {
      const wrapped: readonly string[] = [...WRAPPED[module as keyof typeof WRAPPED], ...NO_CALLS];
      for (const name of names.split(',').map((each) => each.trim().split(' as ')[0] ?? '')) {
        const call = `${file}: ${name}`;
        if (name === '' || name.startsWith('type ') || wrapped.includes(name)) continue;
        if (!READS_PROC.includes(call)) uncovered.push(call);
      }
    }
  }
  return uncovered;
}
