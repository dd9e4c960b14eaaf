/**
 * `npm run bench:requests -- [TREE]`: S3 requests per partition of a plain local run of a built tree
 * (default: this one) that keeps its results on S3. Two runs of the same images in 8 and in 24 partitions;
 * what does not grow with the partitions has its own column.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { startCli, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { startFakeS3 } from '@verger/testkit/fake-s3';
import type { FakeRequest } from '@verger/testkit/fake-s3-answers';
import { plantOrchard } from '@verger/testkit/images';
import { TEST_KEYS } from '@verger/testkit/s3-server';
import { programOf } from '@verger/testkit/tree';

const FEW = 8;
const MANY = 24;

/** `read commits/`, `list`, `write features/`. */
function kindOf({ method, key, query }: FakeRequest, name: string): string {
  if (key === '') return 'list';
  const verb = { GET: 'read', HEAD: 'read', PUT: 'write', POST: 'write', DELETE: 'remove' }[method] ?? method;
  const inRun = key.startsWith(`${name}/`) ? key.slice(name.length + 1) : key;
  const slash = inRun.indexOf('/');
  return query.has('uploadId')
    ? `${verb} parts`
    : `${verb} ${slash < 0 ? 'single files' : inRun.slice(0, slash + 1)}`;
}

/** How many requests of each kind a run in that many partitions makes. */
async function countRequests(
  program: string,
  images: string,
  partitions: number,
): Promise<Map<string, number>> {
  const fake = await startFakeS3({ buckets: ['results'] });
  try {
    const words = ['run', images, '--output', 's3://results', '--name', 'run', ...TRIAL];
    const how = ['--s3-endpoint', fake.endpoint, '--partitions', String(partitions), '--processes', '1'];
    const { code, stderr } = await startCli([...words, ...how], {
      program,
      env: { ...TEST_KEYS, AWS_REGION: 'us-east-1' },
    }).ended;
    if (code !== 0) throw new Error(`verger ended with ${code}:\n${stderr}`);
    const counts = new Map<string, number>();
    for (const request of fake.requests) {
      const kind = kindOf(request, 'run');
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  } finally {
    await fake.stop();
  }
}

const { positionals } = parseArgs({ allowPositionals: true });
const program = programOf(positionals[0] ?? fileURLToPath(new URL('../..', import.meta.url)));
const { folder, remove } = await temporaryFolder();
try {
  const images = join(folder, 'images');
  await plantOrchard(images, { kinds: 12, views: 4 });
  const few = await countRequests(program, images, FEW);
  const many = await countRequests(program, images, MANY);
  const kinds = [...new Set([...few.keys(), ...many.keys()])].sort();
  const rows = kinds.map((kind) => {
    const [a, b] = [few.get(kind) ?? 0, many.get(kind) ?? 0];
    const each = (b - a) / (MANY - FEW);
    return { kind, each, fixed: a - each * FEW };
  });
  const total = (pick: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + pick(row), 0);
  const shown = (value: number) => String(Math.round(value * 100) / 100);
  const table = markdownTable(
    [
      ['requests', 'per partition', 'per run'],
      ...rows.map(({ kind, each, fixed }) => [kind, shown(each), shown(fixed)]),
      ['**all**', shown(total(({ each }) => each)), shown(total(({ fixed }) => fixed))],
    ],
    [1, 2],
  );
  process.stdout.write(`${table}\n`);
} finally {
  await remove();
}
