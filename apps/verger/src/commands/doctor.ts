import { access, constants } from 'node:fs/promises';
import { asVergerError, type EngineChoice, ERRORS, VergerError } from '@verger/core';
import { type Check, checkPlatform } from '@verger/runtime';
import { type Command, show } from '../cli/command.ts';
import { readConfig } from '../cli/read-config.ts';
import { checkInt8Here, int8Text } from '../plan/int8-check.ts';
import { asCalled } from '../print/program-name.ts';
import { indent } from '../print/text.ts';

/** `verger doctor`: checks whether verger can run on this machine. Exit code 1 if it cannot. */
export const doctor: Command = async (input) => {
  const { flags } = input;
  // Native libraries are loaded inside the checks, so that the platform is judged where they cannot be.
  const checks: Check[] = [...checkPlatform()];
  const config = await readConfig(input);
  const { operational } = config;
  if (flags['images'] !== undefined && flags['tune'] !== true) {
    throw new VergerError('E_USAGE', { option: '--images' }, { detail: '--images requires --tune.' });
  }
  if (flags['tune'] === true) return await (await import('./tune.ts')).tune(input, config);
  checks.push(await attempt('engine', () => checkEngine(operational)));
  checks.push(await attempt('cache', () => checkCache(operational.cacheDir)));
  checks.push(await attempt('weights', () => checkWeights(operational)));
  // Apart from the checks: verger runs without int8, too.
  const int8 = await checkInt8Here();
  const ok = checks.every((check) => check.ok);
  const verdict = ok ? 'verger can run on this machine.' : 'verger cannot run on this machine as it is.';
  const text = () => [...checks.map(checkText), int8Text(int8, operational.engine), '', verdict].join('\n');
  show(input, { ok, checks, int8 }, text);
  return ok ? 0 : 1;
};

function checkText({ name, ok, detail, next }: Check): string {
  const line = `${ok ? 'ok ' : 'NO '} ${name.padEnd(9)} ${detail}`;
  return ok || next === undefined ? line : `${line}\n${indent(`→ ${asCalled(next)}`, 14)}`;
}

async function attempt(name: string, body: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await body() };
  } catch (thrown) {
    const error = asVergerError(thrown);
    return { name, ok: false, detail: `${error.code}: ${error.message}`, next: ERRORS[error.code].next };
  }
}

/** Loads sharp and the engine, and checks the built-in probe images with both, on seeded weights. */
async function checkEngine({ engine, tfjsNode }: EngineChoice): Promise<string> {
  const { createExtractor, engineVersions, prepareNetwork } = await import('@verger/features');
  const prepared = await prepareNetwork({ kind: 'untrained', seed: 1 });
  const extractor = await createExtractor({ ...prepared, engine, tfjsNode });
  await extractor.close();
  const versions = Object.entries({ ...engineVersions(), ...extractor.versions }).map(
    ([name, version]) => `${name} ${version}`,
  );
  return `${versions.join(', ')}; the built-in probe images decode to the expected pixels`;
}

async function checkCache(cacheDir: string | null): Promise<string> {
  const { requireCacheDir } = await import('@verger/features/weights');
  const { makeFolder } = await import('@verger/storage');
  const folder = requireCacheDir(cacheDir);
  try {
    await makeFolder(folder);
    await access(`${folder}/`, constants.W_OK);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new VergerError('E_OUTPUT_NOT_WRITABLE', { location: folder }, { detail });
  }
  return `${folder} is writable`;
}

async function checkWeights(
  options: EngineChoice & { weights: string | null; cacheDir: string | null; customWeights: boolean },
) {
  const { resolveWeights } = await import('@verger/features');
  const { inspectWeights, numericClassOfUntrained, UNTRAINED } = await import('@verger/driver');
  if (options.weights === UNTRAINED) {
    return `UNTRAINED weights; numeric class (float32) ${await numericClassOfUntrained(options)}`;
  }
  const found = await resolveWeights({ ...options, download: false });
  if (found === undefined) {
    const how = 'the first run downloads them, or pass --weights FILE';
    return `none yet: ${how} (the numeric class depends on them)`;
  }
  const { probe, numericClass } = await inspectWeights(found.path, {
    ...{ engine: options.engine, tfjsNode: options.tfjsNode },
    custom: options.customWeights,
  });
  if (!probe.ok && !options.customWeights) {
    const detail = `The file is ${found.path}.`;
    throw new VergerError('E_WEIGHTS_PROBE', { location: found.path }, { detail });
  }
  const kind = probe.ok ? "Keras's ImageNet weights" : 'custom weights';
  return `${found.path}: ${kind}; numeric class (float32) on this machine: ${numericClass}`;
}
