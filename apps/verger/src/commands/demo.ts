import { join, relative, resolve } from 'node:path';
import { type Storage, VergerError } from '@verger/core';
import { startRun } from '@verger/driver';
import { brokenFiles, drawOrchard, ORCHARD_KINDS } from '@verger/orchard';
import { resolveConfig } from '@verger/runtime';
import { type Command, type CommandInput, show } from '../cli/command.ts';
import { drive } from '../cli/drive.ts';
import { demoText } from '../print/demo-text.ts';
import { hasHtmlReport, outcomeJson, printOutcome } from '../print/outcome-text.ts';

const SEED = 7;
const DEFAULT_FOLDER = 'verger-demo';

/**
 * `verger demo`: draws test images, runs the whole pipeline on them, and shows the result. Never downloads.
 */
export const demo: Command = async (input) => {
  const { out } = input;
  const flag = input.flags['output'];
  const folder = resolve(input.cwd, typeof flag === 'string' ? flag : DEFAULT_FOLDER);
  const orchard = join(folder, 'orchard');
  // What is wrong with the options is said before anything is drawn.
  const options = resolveConfig({
    flags: { ...input.flags, output: join(folder, 'runs'), csv: true, withImages: true },
    env: machineOnly(input.env),
    file: undefined,
  });
  await checkIsDemos(input.storages.open(folder));
  const drawn = await plantOrchard(input.storages.open(orchard), input.signal);
  out.note(
    `orchard: ${drawn.images} drawings of ${ORCHARD_KINDS.length} kinds of fruit and ` +
      `${drawn.broken} broken files in ${shown(orchard)}`,
  );
  const driven = await drive(input, (driver) =>
    startRun(driver, { images: orchard, options, otherwise: 'untrained' }),
  );
  const { value: outcome, firstImageMs } = driven;
  if ('submitted' in outcome) return await printOutcome(input, driven);
  const hasHtml = await hasHtmlReport(input, outcome.location);
  const text = () => demoText(outcome, { location: shown(outcome.location), hasHtml });
  show(input, outcomeJson(outcome, firstImageMs), text);
  return outcome.success.verdict === 'ok' ? 0 : 5;
};

/** Checks that the folder is new, or holds only a demo. Errors: E_OUTPUT_NOT_EMPTY. */
async function checkIsDemos(folder: Storage): Promise<void> {
  try {
    for await (const { key } of folder.list({ shallow: true })) {
      if (key === 'orchard/' || key === 'runs/') continue;
      throw new VergerError('E_OUTPUT_NOT_EMPTY', { path: key, location: folder.describe() });
    }
  } catch (error) {
    if (!(error instanceof VergerError) || error.code !== 'E_INPUT_MISSING') throw error;
  }
}

/** Draws what is missing: an existing file keeps its time, so that the run stays the same run. */
async function plantOrchard(
  orchard: Storage,
  signal: AbortSignal,
): Promise<{ images: number; broken: number }> {
  let images = 0;
  for await (const { path, bytes } of drawOrchard({ seed: SEED })) {
    signal.throwIfAborted();
    await plant(orchard, path, bytes);
    images += 1;
  }
  const broken = await brokenFiles(SEED);
  for (const { path, bytes } of broken) await plant(orchard, path, bytes);
  return { images, broken: broken.length };
}

async function plant(orchard: Storage, path: string, bytes: Uint8Array): Promise<void> {
  const there = await orchard.read(path);
  if (there.status === 'read' && Buffer.from(there.bytes).equals(bytes)) return;
  await orchard.replace(path, bytes);
}

/** The environment reduced to settings of this machine, so that the demo is the same everywhere. */
function machineOnly(env: CommandInput['env']): CommandInput['env'] {
  const names = [
    'VERGER_WEIGHTS',
    'VERGER_CUSTOM_WEIGHTS',
    'VERGER_PROCESSES',
    'VERGER_CHILD_MEMORY',
    'VERGER_CACHE',
  ];
  const kept = Object.entries(env).filter(([name]) => names.includes(name) || !name.startsWith('VERGER_'));
  return Object.fromEntries(kept);
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
