import { readFile } from 'node:fs/promises';
import {
  counted,
  formatBytes,
  formatCount,
  type ImageRef,
  printable,
  shellQuote,
  VergerError,
} from '@verger/core';
import { checkPlaces, openImages, spoolTemporarily } from '@verger/driver';
import {
  type Choice,
  checkCopyTarget,
  chooseImages,
  copyImages,
  countLeftOut,
  listImages,
  parseLabelRule,
} from '@verger/listing';
import { noInput } from '@verger/run';
import { removeEmptyFolders } from '@verger/storage';
import type { Command } from '../cli/command.ts';
import { readConfig } from '../cli/read-config.ts';
import { leftOutLines } from '../print/listing-lines.ts';
import { programName } from '../print/program-name.ts';
import { storageFlags } from '../print/run-activity.ts';
import { countUnholdable, holdableImages, unholdableLines } from '../print/unholdable.ts';

const NOTE_EVERY_MS = 5000;
const DEFAULT_SEED = 1;

/**
 * `verger sample IMAGES --output DIR`: copies a random sample of the images; the same command continues the
 * copy.
 */
export const sample: Command = async (input) => {
  const { args, flags, json, out, signal } = input;
  const choice = choiceOf(flags);
  const { glob, formats, label, followLinks } = flags;
  const { extraction } = await readConfig({ ...input, flags: { glob, formats, label, followLinks } });
  const target = flags['output'];
  if (typeof target !== 'string') throw usage('--output', '--output DIR is missing.');
  const from = openImages(input, { images: args[0] ?? '', extraction });
  const to = input.storages.open(target);
  await checkPlaces(from, to.describe(), signal);

  const { labeler } = await parseLabelRule(extraction.label, (path) => readFile(path, 'utf8'));
  const all = { ...extraction, limit: null, sample: null };
  const counter = countLeftOut();
  const spool = await spoolTemporarily(
    stoppable(listImages(from, all, labeler, { leftOut: counter, signal }), signal),
  );
  try {
    const leftOut = counter.counts();
    if (spool.images === 0) throw noInput(from.describe(), leftOut);
    const unrefused = () => only(spool.read(), (image) => image.refused === undefined);
    const place = to.describe();
    const unholdable = await countUnholdable(unrefused(), place);
    const openable = () => holdableImages(unrefused(), place);
    const takes = await chooseImages(openable, choice);
    const chosen = () => only(openable(), takes);
    const { empty } = await checkCopyTarget(to, chosen(), signal);
    const labels = new Set<string>();
    const done = progressNotes(input.out.note, (image) => void labels.add(image.label));
    const { copied, already, bytes } = await copyImages({ from, to }, chosen(), { signal, done, empty });
    await removeEmptyFolders(to.describe(), [], { keepRoot: true });
    const counts = {
      listed: spool.images,
      refused: spool.refused,
      copied,
      already,
      bytes,
      labels: labels.size,
    };
    if (json) {
      const places = { images: from.describe(), output: to.describe() };
      out.print(JSON.stringify({ ...places, seed: choice.seed, ...counts, leftOut, unholdable }, null, 1));
    } else {
      const left = [...unholdableLines(unholdable), ...leftOutLines(leftOut)];
      out.print(sampleText({ target: [target, ...storageFlags(flags)], choice, left, ...counts }));
    }
    return 0;
  } finally {
    await spool.dispose();
  }
};

function sampleText(
  of: { target: readonly string[]; choice: Choice; left: readonly string[] } & Record<
    'listed' | 'refused' | 'copied' | 'already' | 'bytes' | 'labels',
    number
  >,
): string {
  const { target, choice, listed, refused, copied, already, bytes, labels } = of;
  const there = already > 0 ? ` (${formatCount(already)} of them were already there)` : '';
  const unread = refused > 0 ? `; ${counted(refused, 'image')} with a refused path left out` : '';
  const output = (target[0] ?? '').startsWith('s3://') ? 's3://BUCKET/PREFIX' : 'results';
  return [
    `${counted(copied + already, 'image')} of ${formatCount(listed)} in ` +
      `${printable(target[0] ?? '')}${there}`,
    `  size        ${formatBytes(bytes)}, ${counted(labels, 'label')}, seed ${choice.seed}${unread}`,
    ...of.left.map((line) => `  ${line}`),
    `  run it      ${programName()} run ${target.map(shellQuote).join(' ')} --output ${output}`,
  ].join('\n');
}

const usage = (option: string, detail: string) => new VergerError('E_USAGE', { option }, { detail });

/** Errors: E_USAGE. */
function choiceOf(flags: Readonly<Record<string, unknown>>): Choice {
  const { fraction, count, seed, perLabel } = flags;
  if ((fraction === undefined) === (count === undefined)) {
    throw usage('--fraction', 'Pass either --fraction or --count.');
  }
  return {
    fraction: typeof fraction === 'number' ? fraction : null,
    count: typeof count === 'number' ? count : null,
    seed: typeof seed === 'number' ? seed : DEFAULT_SEED,
    perLabel: perLabel === true,
  };
}

async function* only<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (wanted(item)) yield item;
}

async function* stoppable<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

/** Reports the progress of the copy now and then. */
function progressNotes(note: (text: string) => void, each: (image: ImageRef) => void) {
  let done = 0;
  let toldMs = performance.now();
  return (image: ImageRef) => {
    each(image);
    done += 1;
    if (performance.now() - toldMs < NOTE_EVERY_MS) return;
    toldMs = performance.now();
    note(`copied so far: ${counted(done, 'image')}`);
  };
}
