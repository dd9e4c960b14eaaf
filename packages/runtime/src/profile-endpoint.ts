import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VergerError } from '@verger/core';
import { homeFolder } from './machine.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** Section -> its settings; those of a nested block (`s3 =`) as `s3.name`. */
type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * `endpoint_url` for S3 of the AWS profile: of the `s3` block in its `services` section, else its own;
 * undefined when there is none or the profile says that it does not count. Source: AWS SDKs and Tools
 * Reference Guide, "Service-specific endpoints". Reads two small files. Errors: E_CONFIG when the profile
 * names a services section that is not there.
 */
export async function readProfileEndpoint(env: Environment): Promise<string | undefined> {
  const home = env['HOME'] || homeFolder() || '/'; // without a home there are no files
  const place = (name: string, file: string) => {
    const named = env[name] || join(home, '.aws', file);
    return named.startsWith('~/') ? join(home, named.slice(2)) : named;
  };
  const [config, credentials] = await Promise.all([
    readSections(place('AWS_CONFIG_FILE', 'config')),
    readSections(place('AWS_SHARED_CREDENTIALS_FILE', 'credentials')),
  ]);
  const name = env['AWS_PROFILE'] || 'default';
  const profile = new Map([
    ...(credentials.get(name) ?? []),
    ...(config.get(name === 'default' ? 'default' : `profile ${name}`) ??
      config.get(`profile ${name}`) ??
      []),
  ]);
  if (isTrue(profile.get('ignore_configured_endpoint_urls'))) return undefined;
  const services = profile.get('services');
  const section = services === undefined ? undefined : config.get(`services ${services}`);
  if (services !== undefined && section === undefined) {
    const detail = `\n  profile ${name} of AWS: there is no section [services ${services}]`;
    throw new VergerError('E_CONFIG', {}, { detail });
  }
  return section?.get('s3.endpoint_url') || profile.get('endpoint_url') || undefined;
}

/** Of AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, and of the same in a profile. */
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
