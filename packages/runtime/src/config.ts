import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VergerError } from '@verger/core';
import { jsonFault } from './json-fault.ts';
import { homeFolder } from './machine.ts';

/** The name of the configuration file, looked for in the working directory only. */
export const CONFIG_FILE = 'verger.config.json';

/**
 * A copy of the environment. The only place of the project that reads it; what is inside is handed on as a
 * value.
 */
export function readEnvironment(): Record<string, string | undefined> {
  return { ...process.env };
}

/**
 * What keeps native libraries from writing files of their own, here and in children: onnxruntime a device id
 * and a log of events into the user's cache folder; libvips the pixels of a WebP of more than 33 million of
 * them into the temporary folder, without which the image would not be decoded. And TensorFlow to one thread,
 * and to errors in what it prints.
 */
export const NATIVE_SETTINGS: Readonly<Record<string, string>> = {
  ORT_DISABLE_TELEMETRY: '1',
  VIPS_DISC_THRESHOLD: '64g',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  TF_CPP_MIN_LOG_LEVEL: '2',
};

/**
 * What keeps the AWS SDK from telling users of verger, on stderr, which Node its later versions will want.
 */
const NO_SDK_ADVICE = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

/**
 * The AWS SDK looks for its files in HOME, else in USERPROFILE, else asks the system, which throws where it
 * knows no home for this user: then nothing works, not even with credentials in variables. Nothing else reads
 * that variable on Linux and macOS.
 */
const SDK_HOME = { USERPROFILE: '/' };

/**
 * Keeps the libraries to their work: sets NATIVE_SETTINGS and the like in this process, before they are
 * loaded.
 */
export function disableTelemetry(): void {
  Object.assign(process.env, NATIVE_SETTINGS, NO_SDK_ADVICE, homeFolder() === undefined ? SDK_HOME : {});
}

/** True when VERGER_DEBUG asks for stacks and debug lines: set, and neither empty nor 0. */
export function isDebug(env: Readonly<Record<string, string | undefined>>): boolean {
  const flag = env['VERGER_DEBUG'] ?? '';
  return flag !== '' && flag !== '0' && flag !== 'false';
}

/**
 * With VERGER_DEBUG, stacks name files and lines of the sources where the program has their maps: a build has
 * them, a package does not. Call it before anything else is loaded.
 */
export function nameSources(env: Readonly<Record<string, string | undefined>>): void {
  if (isDebug(env)) process.setSourceMapsEnabled(true);
}

/**
 * What `verger.config.json` in a folder says, not yet checked; undefined when there is none. Errors: E_CONFIG
 * with line and column.
 */
export async function readConfigFile(cwd: string): Promise<unknown> {
  const location = join(cwd, CONFIG_FILE);
  let text: string;
  try {
    text = await readFile(location, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new VergerError('E_CONFIG', { location }, { detail: `${CONFIG_FILE}: ${message}`, cause: error });
  }
  const body = text.replace(/^\uFEFF/, '');
  const fault = jsonFault(body);
  if (fault === undefined) return JSON.parse(body) as unknown;
  const { line, column, found } = fault;
  const detail = `${CONFIG_FILE}, line ${line}, column ${column}: this is not JSON (found ${found}).`;
  throw new VergerError('E_CONFIG', { location }, { detail });
}
