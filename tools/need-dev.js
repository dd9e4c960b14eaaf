// Runs before `npm run build`, `check` and `test`: without the development dependencies these end in `tsc: not found`. JavaScript,
// because nothing that would read TypeScript is there then.
import { existsSync } from 'node:fs';

const missing = ['typescript', 'tsx'].filter(
  (name) => !existsSync(new URL(`../node_modules/${name}/package.json`, import.meta.url)),
);
if (missing.length > 0) {
  process.stderr.write(
    `not installed: ${missing.join(', ')}. They are development dependencies, which npm leaves out with NODE_ENV=production\n` +
      'or --omit=dev. Give `npm ci --include=dev`; once it is built, `npm prune --omit=dev` takes them away again.\n',
  );
  process.exitCode = 1;
}
