/**
 * What the network alone costs: `npx tsx --conditions=verger-source test/bench/bare-engine.ts [images a process] [processes]`
 * (1,000 and 2). Each process opens one session (one thread, batch 1) and infers the same pixels again and again: no reading, no
 * decoding, no files. The rate of `extract` cannot exceed this one.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createExtractor, prepareNetwork } from '@verger/features';
import { markdownTable } from '../fixtures/built.ts';
import { loadWarning, machineText, median } from './machine.ts';

const ROUNDS = 3;
const WARM_UP = 50;
const PIXELS = 224 * 224 * 3;

/** In a child: says that it is ready, and infers as many images as each message asks for. */
async function serve(): Promise<void> {
  const extractor = await createExtractor(await prepareNetwork({ kind: 'untrained', seed: 1 }));
  const pixels = Uint8Array.from({ length: PIXELS }, (_, at) => (at * 31) % 256);
  for (let image = 0; image < WARM_UP; image += 1) await extractor.infer(pixels);
  process.on('message', async (images: number) => {
    const started = performance.now();
    for (let image = 0; image < images; image += 1) await extractor.infer(pixels);
    process.send?.(performance.now() - started);
  });
  process.send?.('ready');
}

/** The next message of a child; an error when it ends instead. */
function nextMessage(child: ReturnType<typeof fork>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a child ended with ${code}`)));
  });
}

/** Images a second of that many processes at once: all images over the time of the slowest. */
async function measure(processes: number, images: number): Promise<number[]> {
  const children = Array.from({ length: processes }, () => fork(fileURLToPath(import.meta.url), ['child']));
  try {
    await Promise.all(children.map(nextMessage));
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = children.map(nextMessage);
      for (const child of children) child.send(images);
      const slowestMs = Math.max(...(await Promise.all(answers)).map(Number));
      rates.push((processes * images * 1000) / slowestMs);
    }
    return rates;
  } finally {
    for (const child of children) child.kill();
  }
}

async function main(): Promise<void> {
  const images = Number(process.argv[2] ?? 1000);
  const processes = Number(process.argv[3] ?? 2);
  process.stdout.write(`${machineText()}\n\n${loadWarning()}`);
  const rows = [['processes', 'images/s (median)', 'rounds', 'ms an image in one process']];
  for (const count of processes === 1 ? [1] : [1, processes]) {
    const rates = await measure(count, images);
    const rate = median(rates);
    const rounds = rates.map((one) => one.toFixed(0)).join(', ');
    rows.push([String(count), rate.toFixed(1), rounds, ((1000 * count) / rate).toFixed(2)]);
  }
  process.stdout.write(`${markdownTable(rows, [0, 1, 3])}\n`);
}

await (process.argv[2] === 'child' ? serve() : main());
