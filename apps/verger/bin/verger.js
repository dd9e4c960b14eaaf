#!/usr/bin/env node
// Committed, because npm links no bin that does not exist at `npm ci`.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('verger is not built yet: run `npm run build` first.\n');
  process.exitCode = 2;
}
