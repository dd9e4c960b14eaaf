/**
 * `npm run test:planted -- [--seed N] [--only PART OF A NAME] [--write]`: plants every fault into copies of
 * one finished run, made by the real program, and asks the auditor and `verger verify`, and `verify
 * --recompute` about forgeries. Exit 1 when one is missed. `--write` puts the table into docs/reliability.md.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cli, jsonOf, TRIAL, temporaryFolder } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { auditRun } from './audit/audit.ts';
import { PLANTS } from './planted/plants.ts';
import { type Judged, judge, tableOf } from './planted/results.ts';
import { tryPlant, verifyFaults } from './planted/trial.ts';

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
if (values.write && values.only !== '') throw new Error('--write wants all of them: leave out --only');

/** A finished run of 30 drawings and 5 broken files in 4 partitions, with a CSV that holds the images. */
async function finishedRun(folder: string): Promise<{ base: string; images: string }> {
  const images = join(folder, 'orchard');
  await plantOrchard(images, { kinds: 6, views: 5, broken: true });
  const how = ['--partitions', '4', '--processes', '1', '--csv', '--with-images', '--json'];
  const { location } = jsonOf<{ location: string }>(
    await cli(['run', images, '--output', join(folder, 'output'), ...TRIAL, ...how]),
  );
  return { base: location, images };
}

/** Faults that the real `verify --recompute` finds when it extracts every image again. */
async function recompute(folder: string): Promise<string[]> {
  const args = ['verify', folder, '--recompute', '1000', '--seed', '1', '--processes', '1', '--json'];
  const { code, stdout, stderr } = await cli(args);
  if (code !== 0 && code !== 1) throw new Error(`verify ended with ${code}: ${stderr}`);
  const { findings } = JSON.parse(stdout) as { findings: { severity: string; file: string; what: string }[] };
  return findings.filter(({ severity }) => severity === 'fault').map(({ file, what }) => `${file}: ${what}`);
}

const place = await temporaryFolder();
try {
  const { base, images } = await finishedRun(place.folder);
  const clean = [
    ...(await auditRun(base, { images })).map(({ fault }) => fault),
    ...(await verifyFaults(base)),
    ...(await recompute(base)),
  ];
  if (clean.length > 0) throw new Error(`the run itself is at fault: ${clean.join('; ')}`);
  const trial = { base, images, scratch: place.folder, known: new Set<string>(), recompute };
  const judged: Judged[] = [];
  let number = 0;
  for (const [group, plants] of Object.entries(PLANTS)) {
    for (const plant of plants) {
      number += 1;
      if (!plant.name.includes(values.only)) continue;
      const result = judge(group, plant, await tryPlant(trial, plant, seed * 1000 + number));
      judged.push(result);
      process.stdout.write(`${result.line}\n`);
    }
  }
  const table = tableOf(judged, seed);
  process.stdout.write(`\n${table}\n`);
  if (values.write) {
    const page = await readFile(PAGE, 'utf8');
    const [begin, end] = ['<!-- planted:begin -->\n', '<!-- planted:end -->'];
    if (!page.includes(begin) || !page.includes(end)) throw new Error(`${PAGE} has no place for the table`);
    const [head = '', rest = ''] = page.split(begin);
    await writeFile(PAGE, `${head}${begin}${table}\n${end}${rest.slice(rest.indexOf(end) + end.length)}`);
  }
  if (judged.some(({ isRight }) => !isRight)) {
    process.stdout.write(`again alone: npm run test:planted -- --seed ${seed} --only '<name>'\n`);
    process.exitCode = 1;
  }
} finally {
  await place.remove();
}
