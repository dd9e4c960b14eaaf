import { access, constants } from 'node:fs/promises';
import { ERRORS, nameError, VergerError } from '@verger/core';
import { type Check, checkPlatform } from '@verger/runtime';
import type { Command } from '../cli/command.ts';
import { readConfig } from '../cli/read-config.ts';
import { asCalled } from '../print/program-name.ts';
import { indent } from '../print/text.ts';

/** `verger doctor`: what this machine has, and what keeps verger from working here. Exit code 1 when something does. */
export const doctor: Command = async (input) => {
  const { flags, json, out } = input;
  // Native libraries are loaded inside the checks, so that the platform is judged where they cannot be.
  const checks: Check[] = [...checkPlatform()];
  const config = await readConfig(input);
  const { operational } = config;
  if (flags['images'] !== undefined && flags['tune'] !== true) {
    throw new VergerError('E_USAGE', { option: '--images' }, { detail: '--images is for --tune.' });
  }
  if (flags['tune'] === true) return await (await import('./tune.ts')).tune(input, config);
  checks.push(await attempt('engine', checkEngine));
  checks.push(await attempt('cache', () => checkCache(operational.cacheDir)));
  checks.push(await attempt('weights', () => checkWeights(operational)));
  const ok = checks.every((check) => check.ok);
  if (json) out.print(JSON.stringify({ ok, checks }, null, 1));
  else {
    out.print(
      [...checks.map(checkText), '', ok ? 'verger can work here.' : 'verger cannot work here as it is.'].join(
        '\n',
      ),
    );
  }
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
    const error = nameError(thrown);
    return { name, ok: false, detail: `${error.code}: ${error.message}`, next: ERRORS[error.code].next };
  }
}

/** Loads sharp and onnxruntime, and sends the built-in probe images through both. The class of that is no run's: its weights are seeded. */
async function checkEngine(): Promise<string> {
  const { createExtractor, engineVersions, prepareNetwork } = await import('@verger/features');
  const prepared = await prepareNetwork({ kind: 'untrained', seed: 1 });
  const extractor = await createExtractor(prepared);
  await extractor.close();
  const versions = Object.entries(engineVersions()).map(([name, version]) => `${name} ${version}`);
  return `${versions.join(', ')}; the built-in probe images have the known pixels`;
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
  return `${folder} can be written`;
}

async function checkWeights(options: {
  weights: string | null;
  cacheDir: string | null;
  customWeights: boolean;
}) {
  const { resolveWeights } = await import('@verger/features');
  const { inspectWeights, numericClassOfUntrained, UNTRAINED } = await import('@verger/driver');
  if (options.weights === UNTRAINED) {
    return `seeded, UNTRAINED weights; numeric class ${await numericClassOfUntrained()}`;
  }
  const found = await resolveWeights({ ...options, download: false });
  if (found === undefined) {
    return 'none here yet: the first run downloads them, or give --weights FILE; the numeric class depends on them';
  }
  const { probe, numericClass } = await inspectWeights(found.path, { custom: options.customWeights });
  if (!probe.ok && !options.customWeights) {
    throw new VergerError('E_WEIGHTS_PROBE', { location: found.path }, { detail: `It is ${found.path}.` });
  }
  const kind = probe.ok ? "Keras' ImageNet weights" : 'custom weights';
  return `${found.path}: ${kind}; numeric class of runs with them on this machine: ${numericClass}`;
}
