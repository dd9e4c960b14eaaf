import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VergerError } from '@verger/core';
import { homeFolder } from './machine.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** The settings of each section; a setting in a nested block (`s3 =`) is named `s3.name`. */
type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * `endpoint_url` for S3 in the AWS profile: from the `s3` block of its `services` section, or its own;
 * undefined if there is none, or a variable or the profile says to ignore it. Source: AWS SDKs and Tools
 * Reference Guide, "Service-specific endpoints". Reads two small files. Errors: E_CONFIG if the profile names
 * a services section that does not exist, or if AWS_PROFILE names no profile and no variable sets a region,
 * so that none can be known.
 */
export async function readProfileEndpoint(env: Environment): Promise<string | undefined> {
  const home = env['HOME'] || homeFolder() || '/'; // without a home there are no files
  const place = (name: string, file: string) => {
    const named = env[name] || join(home, '.aws', file);
    return named.startsWith('~/') ? join(home, named.slice(2)) : named;
  };
  const files = [
    place('AWS_CONFIG_FILE', 'config'),
    place('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
  ] as const;
  const [config, credentials] = await Promise.all([readSections(files[0]), readSections(files[1])]);
  const name = env['AWS_PROFILE'] || 'default';
  const configured =
    config.get(name === 'default' ? 'default' : `profile ${name}`) ?? config.get(`profile ${name}`);
  const shared = credentials.get(name);
  const isUnknown = env['AWS_PROFILE'] && configured === undefined && shared === undefined;
  if (isUnknown && !env['AWS_REGION'] && !env['AWS_DEFAULT_REGION']) {
    const detail = `\n  AWS_PROFILE (environment): there is no profile ${name} in ${files.join(' or ')}`;
    throw new VergerError('E_CONFIG', {}, { detail });
  }
  const profile = new Map([...(shared ?? []), ...(configured ?? [])]);
  const ignored = [
    env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'],
    profile.get('ignore_configured_endpoint_urls'),
  ];
  if (ignored.some(isTrue)) return undefined;
  const services = profile.get('services');
  const section = services === undefined ? undefined : config.get(`services ${services}`);
  if (services !== undefined && section === undefined) {
    const detail = `\n  AWS profile ${name}: there is no section [services ${services}]`;
    throw new VergerError('E_CONFIG', {}, { detail });
  }
  return section?.get('s3.endpoint_url') || profile.get('endpoint_url') || undefined;
}

/** True for the value `true` of AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, and of the same setting in a profile. */
export function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true';
}

async function readSections(file: string): Promise<Sections> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let block: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const bare = line.replace(/(^|\s)[;#].*$/, '').trimEnd();
    const heading = /^\s*\[\s*([^\]]+?)\s*\]$/.exec(bare)?.[1]?.replace(/\s+/g, ' ').replace(/"|'/g, '');
    if (heading !== undefined) {
      section = sections.get(heading) ?? new Map<string, string>();
      sections.set(heading, section);
      block = undefined;
      continue;
    }
    const [, indent = '', name, value = ''] = /^(\s*)([^=\s]+)\s*=\s*(.*)$/.exec(bare) ?? [];
    if (name === undefined) continue;
    if (indent === '') block = value === '' ? name : undefined;
    const within = indent !== '' && block !== undefined ? `${block}.` : '';
    section?.set(`${within}${name}`.toLowerCase(), value);
  }
  return sections;
}
