/**
 * What it costs to take over features: `npm run bench:reuse [-- --copies 1] [--rounds 2] [--record]`. In turns: a run of all photographs from
 * scratch, a run of the same after `--reuse` of one that lacked 5 % of them, and a refit. With --copies 10 each photograph stands ten times in the
 * folder, by hard links, so that the fixed costs (start, PCA) weigh less. Needs the shared folder.
 */
import { spawn } from 'node:child_process';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from '@verger/testkit/built';
import { temporaryFolder } from '@verger/testkit/cli';
import { recordSection } from '@verger/testkit/reliability';
import { filesUnder, promisedHashes } from '@verger/testkit/run-folder';
import { sharedFile } from '@verger/testkit/shared';
import { loadWarning, machineText, median } from './machine.ts';

const BIN = new URL('../../apps/verger/bin/verger.js', import.meta.url).pathname;
/** Each twentieth image comes later. */
const LATER = 20;

interface Costs {
  readonly wallMs: number;
  /** Of the process and its children, user and system. */
  readonly cpuMs: number;
  readonly location: string;
}

/** Runs `verger` under bash's `times`, which counts its children, too. */
async function cost(args: readonly string[]): Promise<Costs> {
  const started = performance.now();
  const script = '"$@"; code=$?; times >&2; exit $code';
  const child = spawn('bash', ['-c', script, 'verger', process.execPath, BIN, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [text, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`verger ${args.join(' ')} ended with ${code}: ${said}`);
  const ofChildren = said.trim().split('\n').at(-1) ?? '';
  const cpuMs = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
  const { location } = JSON.parse(text) as { location: string };
  return { wallMs: performance.now() - started, cpuMs, location };
}

/** Links to copies of the photographs: all of them in `all`, without the later ones in `early`. */
async function plant(folder: string, copies: number): Promise<{ all: string; early: string }> {
  const [photographs, all, early] = [
    sharedFile('data/fruits-360/Test'),
    join(folder, 'images'),
    join(folder, 'early'),
  ];
  for (const [index, file] of filesUnder(photographs).entries()) {
    for (let copy = 0; copy < copies; copy += 1) {
      const name = copy === 0 ? file : file.replace(/(\.\w+)$/, `-${copy}$1`);
      const place = join(all, name);
      await mkdir(dirname(place), { recursive: true });
      if (copy === 0) await copyFile(join(photographs, file), place);
      else await link(join(all, file), place);
      if (index % LATER === 0) continue;
      await mkdir(dirname(join(early, name)), { recursive: true });
      await link(place, join(early, name));
    }
  }
  return { all, early };
}

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
    const { all, early } = await plant(folder, Number(values.copies));
    const given = ['--weights', sharedFile('model/mobilenetv2_imagenet_no_top.h5'), '--processes', '2'];
    const old = await cost(['run', early, '--output', join(folder, 'old'), ...given]);
    const [scratch, reuse, refit]: [Costs[], Costs[], Costs[]] = [[], [], []];
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
    const row = (name: string, costs: readonly Costs[]) => {
      const [wall, cpu] = [
        median(costs.map(({ wallMs }) => wallMs)),
        median(costs.map(({ cpuMs }) => cpuMs)),
      ];
      const share = (value: number, of: number) => `${((100 * value) / of).toFixed(0)} %`;
      return [name, seconds(wall), share(wall, base.wall), seconds(cpu), share(cpu, base.cpu)];
    };
    const table = markdownTable(
      [
        ['', 'wall, s', 'of scratch', 'CPU, s', 'of scratch'],
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
