/**
 * What it costs to take over features: `npm run bench:reuse [-- --copies 1] [--rounds 2] [--record]`. In
 * turns: a run of all photographs from scratch, a run of the same after `--reuse` of one that lacked 5 % of
 * them, and a refit. With --copies 10 each photograph stands ten times in the folder, by hard links, so that
 * the fixed costs (start, PCA) weigh less. Needs the shared folder.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { recordSection } from '@verger/testkit/reliability';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';
import { programOf } from '@verger/testkit/tree';
import { type Cost, costOf } from './cost.ts';
import { loadWarning, machineText, median } from './machine.ts';
import { plantEarlyAndAll } from './photographs.ts';

const BIN = programOf(fileURLToPath(new URL('../..', import.meta.url)));

const cost = (args: readonly string[]) => costOf(BIN, args);
const seconds = (ms: number) => (ms / 1000).toFixed(1);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      copies: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '2' },
      record: { type: 'boolean', default: false },
    },
  });
  const warning = loadWarning();
  const { folder, remove } = await temporaryFolder();
  try {
    const { all, early } = await plantEarlyAndAll(
      sharedFile('data/fruits-360/Test'),
      folder,
      Number(values.copies),
    );
    const given = ['--weights', sharedFile('model/mobilenetv2_imagenet_no_top.h5'), '--processes', '2'];
    const old = await cost(['run', early, '--output', join(folder, 'old'), ...given]);
    const [scratch, reuse, refit]: [Cost[], Cost[], Cost[]] = [[], [], []];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      scratch.push(await cost(['run', all, '--output', join(folder, 'scratch'), ...given]));
      reuse.push(
        await cost(['run', all, '--output', join(folder, 'reuse'), ...given, '--reuse', old.location]),
      );
      const [one, other] = [scratch.at(-1)!.location, reuse.at(-1)!.location];
      const same = JSON.stringify(await promisedHashes(one)) === JSON.stringify(await promisedHashes(other));
      if (!same) throw new Error('the bytes differ');
      refit.push(await cost(['refit', one, '--variance', '0.9', '--output', join(folder, 'refit')]));
      for (const name of ['scratch', 'reuse', 'refit']) await rm(join(folder, name), { recursive: true });
    }
    const base = {
      wall: median(scratch.map(({ wallMs }) => wallMs)),
      cpu: median(scratch.map(({ cpuMs }) => cpuMs)),
    };
    const row = (name: string, costs: readonly Cost[]) => {
      const [wall, cpu] = [
        median(costs.map(({ wallMs }) => wallMs)),
        median(costs.map(({ cpuMs }) => cpuMs)),
      ];
      const share = (value: number, of: number) => `${((100 * value) / of).toFixed(0)} %`;
      return [name, seconds(wall), share(wall, base.wall), seconds(cpu), share(cpu, base.cpu)];
    };
    const table = markdownTable(
      [
        ['', 'wall, s', 'of a full run', 'CPU, s', 'of a full run'],
        row('from scratch', scratch),
        row('--reuse, 5 % of the images new', reuse),
        row('refit, variance 0.9', refit),
      ],
      [1, 2, 3, 4],
    );
    const count = filesUnder(all).length.toLocaleString('en-US');
    const text = `${warning}${count} photographs, ${values.rounds} rounds in turns, medians, 2 processes; ${machineText()}.\n\n${table}\n`;
    process.stdout.write(text);
    const title = `## Reuse and refit, ${count} images (\`npm run bench:reuse -- --copies ${values.copies}\`)`;
    if (values.record) await recordSection(`reuse-${values.copies}`, `${title}\n\n${text}`, 'benchmarks');
  } finally {
    await remove();
  }
}

await main();
