/**
 * `npm run bench:bombs [-- --record]`: what an image that must be refused costs: time, and memory beyond what
 * the child had after a small good image, each in a fresh child. Aims: at most 50 ms and 64 MiB. Exit 1 when
 * a bomb is not refused, or takes more memory.
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { seededNumbers } from '@verger/core';
import { markdownTable } from '@verger/testkit/built';
import { recordSection } from '@verger/testkit/reliability';
import { BAD_KINDS } from '../attack/all.ts';
import { decodeHere } from '../attack/judge.ts';
import { photo } from '../attack/photo.ts';
import { SWOLLEN } from '../attack/swollen.ts';
import { loadWarning, machineText } from './machine.ts';

const MOST_MS = 50;
const MOST_MIB = 64;
/** The names of the kinds that claim to be large; damaged ones cost what a good one of their size does. */
const CLAIM = /\d[\d,]* by \d|megapixel|scans|64 MiB/;

/** What a child says of one image. */
interface Cost {
  readonly answer: string;
  readonly ms: number;
  readonly extraMib: number;
}

async function costHere(bytes: Uint8Array): Promise<Cost> {
  await decodeHere(await photo(seededNumbers(1), 'jpeg'));
  await decodeHere(await photo(seededNumbers(1), 'png'));
  const before = process.resourceUsage().maxRSS;
  const started = performance.now();
  const answer = await decodeHere(bytes);
  const ms = performance.now() - started;
  return { answer, ms, extraMib: (process.resourceUsage().maxRSS - before) / 1024 };
}

async function costInChild(bytes: Uint8Array): Promise<Cost> {
  const child = fork(new URL(import.meta.url), ['child'], { serialization: 'advanced' });
  const [cost] = (await Promise.all([once(child, 'message'), child.send(bytes)]))[0] as [Cost];
  await once(child, 'exit');
  return cost;
}

async function main(): Promise<number> {
  const warning = loadWarning();
  const rows: string[][] = [];
  let faults = 0;
  const claims = BAD_KINDS.filter(({ name }) => CLAIM.test(name));
  const bombs = [
    ...claims.map(({ name, make }) => ({ name, make, refused: true })),
    ...SWOLLEN.map(({ name, make }) => ({
      name,
      make: async () => (await make(seededNumbers(1))).bytes,
      refused: false,
    })),
  ];
  for (const { name, make, refused } of bombs) {
    const bytes = await make(seededNumbers(1));
    const { answer, ms, extraMib } = await costInChild(bytes);
    const isRight = answer.startsWith('E_') === refused;
    if (!isRight || extraMib > MOST_MIB) faults += 1;
    const said = `${answer.startsWith('E_') ? `\`${answer}\`` : 'its pixels'}${isRight ? '' : ' WRONG'}`;
    const over = ms > MOST_MS || extraMib > MOST_MIB ? ' OVER' : '';
    rows.push([name, (bytes.length / 1000).toFixed(1), said, ms.toFixed(1), `${extraMib.toFixed(1)}${over}`]);
  }
  const report = `## Bombs

\`npm run bench:bombs -- --record\` on ${machineText()}. Each in a fresh child, after two small good images.
Aims: ${MOST_MS} ms, ${MOST_MIB} MiB. Those that swell in what is not pixels are good images and give their pixels.

${warning}${markdownTable([['bomb', 'kB', 'answer', 'ms', 'extra MiB'], ...rows], [1, 3, 4])}
`;
  process.stdout.write(`${report}\n`);
  if (process.argv.includes('--record')) await recordSection('bombs', report);
  return faults > 0 ? 1 : 0;
}

if (process.argv[2] === 'child') {
  process.once('message', (bytes) => {
    void costHere(bytes as Uint8Array).then((cost) => process.send?.(cost, () => process.disconnect()));
  });
} else {
  process.exitCode = await main();
}
