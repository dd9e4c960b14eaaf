#!/usr/bin/env node
// Committed, because npm links no bin that does not exist at `npm ci`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/bundle/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  process.stderr.write(`verger is not built yet. In ${root}: npm ci && npm run build\n`);
  process.exitCode = 2;
}
