/**
 * Prints the error table of core into `docs/errors.md`; with `--check`, fails when the page is not what the
 * table says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ERRORS } from '@verger/core';

const page = new URL('../docs/errors.md', import.meta.url);
const kinds = {
  image: [
    'In the image',
    'Found in the bytes or the name of an image. It goes to quarantine at once; the run goes on.',
  ],
  environmental: [
    'Around the image',
    'Found while reading or decoding an image. Tried again; only the last attempt puts it in quarantine.',
  ],
  task: ['May heal', 'The same command may succeed later; exit code 75 when it ended a command.'],
  permanent: ['Needs a person', 'Ends a command with the exit code given.'],
} as const;

const lines = [
  '<!-- made by `npm run docs` from packages/core/src/errors/ -->',
  '# Errors',
  '',
  'In a clone of the repository `verger` is `./verger`.',
  '',
];
for (const [kind, [title, meaning]] of Object.entries(kinds)) {
  lines.push(`## ${title}`, '', meaning, '', '| code | what | next | exit |', '|---|---|---|---|');
  for (const [code, entry] of Object.entries(ERRORS)) {
    const exit = entry.kind === 'image' || entry.kind === 'environmental' ? '–' : entry.exit;
    if (entry.kind === kind)
      lines.push(`| \`${code}\` | ${entry.what} | ${entry.next.replaceAll('|', '\\|')} | ${exit} |`);
  }
  lines.push('');
}
const text = lines.join('\n');
if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/errors.md is stale: run `npm run docs`\n');
    process.exit(1);
  }
} else {
  writeFileSync(page, text);
}
