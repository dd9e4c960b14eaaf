import { open } from 'node:fs/promises';
import { VergerError } from '@verger/core';
import { OPTION_TABLE } from './option-table.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** No secret is longer; a file that is not one is not read into memory. */
const MAX_BYTES = 64 * 1024;

/** Variables that may name a file instead: those of options that hold secrets. */
const SECRETS = OPTION_TABLE.flatMap(({ env, secret }) => (env !== null && secret === true ? [env] : []));

/** The variables that name files with secrets, such as VERGER_REDIS_URL_FILE. */
export const SECRET_FILE_VARIABLES: readonly string[] = SECRETS.map((name) => `${name}_FILE`);

/**
 * The environment in which each secret that `VERGER_…_FILE` names a file for has the text of that file,
 * without line ends at its end: how Docker and Kubernetes hand over secrets. An empty variable names no file.
 * Errors: one E_CONFIG that names every fault: both are set, the file cannot be read, is empty or too large.
 */
export async function readSecretFiles(env: Environment): Promise<Environment> {
  const faults: string[] = [];
  const secrets: Record<string, string> = {};
  for (const name of SECRETS) {
    const variable = `${name}_FILE`;
    const path = env[variable] ?? '';
    if (path === '') continue;
    const outcome = (env[name] ?? '') === '' ? await readSecret(path) : { fault: `${name} is set as well` };
    if ('fault' in outcome) faults.push(`${variable} (environment): ${outcome.fault}`);
    else secrets[name] = outcome.text;
  }
  if (faults.length === 0) return { ...env, ...secrets };
  const detail = faults.map((fault) => `\n  ${fault}`).join('');
  throw new VergerError('E_CONFIG', {}, { detail });
}

async function readSecret(path: string): Promise<{ text: string } | { fault: string }> {
  try {
    const bytes = await readStart(path, MAX_BYTES + 1);
    if (bytes.byteLength > MAX_BYTES) return { fault: `${path} is too large for a secret` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/[\r\n]+$/, '');
    return text === '' ? { fault: `${path} is empty` } : { text };
  } catch (error) {
    return { fault: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The first bytes of a file; of one without an end, too, such as a device. */
async function readStart(path: string, most: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(most);
    let filled = 0;
    while (filled < most) {
      const { bytesRead } = await file.read(bytes, filled, most - filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}
