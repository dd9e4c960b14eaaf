import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThirdParty } from './pack-lock.ts';

const TEXTS = /^(licen[cs]e|copying|notice)([-.].*)?$/i;

/**
 * The page of the packages that verger needs: name, version and licence of each, then each licence text once.
 * Texts of optional packages, each for one platform, are left out: the page is the same wherever it is made.
 */
export function licencesPage(root: string, packages: Iterable<ThirdParty>): string {
  const list: string[] = [];
  const owners = new Map<string, string[]>();
  for (const { folder, entry } of packages) {
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const title = `${name} ${entry.version ?? ''}`;
    list.push(`${title}: ${entry.license ?? 'see its package.json'}`);
    if (entry.optional === true) continue;
    const texts = licenceTexts(join(root, folder));
    // Some, such as those of TensorFlow, only name it: the text is the one that verger has, too.
    if (texts.length === 0 && entry.license === 'Apache-2.0') texts.push(...licenceTexts(root));
    for (const text of texts) {
      owners.set(text, [...(owners.get(text) ?? []), title]);
    }
  }
  const rule = '-'.repeat(80);
  const texts = [...owners].map(([text, titles]) => `${rule}\n${titles.join('\n')}\n${rule}\n\n${text}\n`);
  const head =
    'verger needs the following packages, which npm installs beside it. Its bundles (dist/bundle) have copies of\n' +
    'zod, hyparquet and hyparquet-writer in them.';
  return [head, list.join('\n'), texts.join('\n')].join('\n\n');
}

function licenceTexts(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((file) => file.isFile() && TEXTS.test(file.name))
    .map((file) => readFileSync(join(folder, file.name), 'utf8').replaceAll('\r\n', '\n').trim());
}
