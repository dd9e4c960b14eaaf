/**
 * The arrows step of `npm run check`: who imports whom, and who may say what. It proves itself: every rule is broken on purpose in a
 * temporary copy, and must be found there.
 */
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  cruise,
  cruisedSources,
  cruiserFaults,
  cruiserRules,
  IMPORT_RULES,
  importFaults,
  uncruised,
} from './arrows-imports.ts';
import { PLANTS, plantCopy } from './arrows-plants.ts';
import type { Fault } from './arrows-rules.ts';
import { allWordFaults, WORD_RULES } from './arrows-words.ts';
import { trackedFiles } from './sources.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const rules = [...cruiserRules(), ...IMPORT_RULES, ...WORD_RULES];

/** All faults of a tree, and how many modules were cruised in it. `files` are its .ts files. */
async function check(tree: string, files: readonly string[]): Promise<{ faults: Fault[]; cruised: number }> {
  const words = allWordFaults(tree, files);
  const seen = await cruise(tree);
  const faults = [...cruiserFaults(seen), ...importFaults(tree, seen), ...uncruised(files, seen), ...words];
  return { faults, cruised: cruisedSources(seen).length };
}

/** What the check fails to find in a copy with every rule broken; empty when it can be trusted. */
async function blindSpots(files: readonly string[]): Promise<string[]> {
  // The real path, because imports are resolved to real paths and /tmp may be a link.
  const copy = `${realpathSync(mkdtempSync(`${tmpdir()}/verger-arrows-`))}/`;
  try {
    const { faults } = await check(copy, plantCopy(root, copy, files));
    const unseen = PLANTS.filter(
      (plant) => !faults.some(({ rule, file }) => rule === plant.rule && file === plant.file),
    ).map(({ rule, file }) => `${rule}: the fault planted in ${file} was not seen`);
    const unproved = rules
      .filter(({ name }) => !PLANTS.some(({ rule }) => rule === name))
      .map(({ name }) => `${name}: no plant breaks this rule`);
    return [...unseen, ...unproved];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

const all = trackedFiles(root, ['.ts', 'package.json', '.cjs', '.json']).filter(
  (file) => existsSync(`${root}${file}`) && !file.startsWith('package-lock'),
);
const sources = all.filter((file) => file.endsWith('.ts'));
const tree = check(root, sources);
const proof = blindSpots(all);
// Both end whatever happens to one, so that the copy is always removed.
await Promise.allSettled([tree, proof]);
const { faults, cruised } = await tree;
const blind = await proof;

for (const { name, sentence } of rules) {
  const own = faults.filter(({ rule }) => rule === name);
  const plants = PLANTS.filter(({ rule }) => rule === name).length;
  const verdict = own.length === 0 ? 'ok  ' : 'FAIL';
  process.stdout.write(`${verdict} ${name}: ${sentence} (${plants} planted)\n`);
  for (const { file, detail } of own) process.stdout.write(`       ${file} ${detail}\n`);
}
for (const spot of blind) process.stdout.write(`FAIL the check is blind: ${spot}\n`);
process.stdout.write(`${cruised} modules cruised, ${sources.length} .ts files\n`);
process.exitCode = faults.length + blind.length === 0 ? 0 : 1;
