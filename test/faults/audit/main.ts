/**
 * `npx tsx test/faults/audit/main.ts RUN_FOLDER [--images DIR] [--unfinished-ok] [--json]`: exit 0 when
 * nothing is wrong.
 */
import { parseArgs } from 'node:util';
import { auditRun } from './audit.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: 'string' },
    'unfinished-ok': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [folder, ...rest] = positionals;
if (folder === undefined || rest.length > 0) {
  process.stderr.write('usage: main.ts RUN_FOLDER [--images DIR] [--unfinished-ok] [--json]\n');
  process.exit(2);
}
const started = performance.now();
const findings = await auditRun(folder, {
  unfinishedOk: values['unfinished-ok'],
  ...(values.images === undefined ? {} : { images: values.images }),
});
if (values.json) process.stdout.write(`${JSON.stringify({ findings }, null, 1)}\n`);
else {
  for (const { file, fault } of findings) process.stdout.write(`${file || 'the run'}: ${fault}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  process.stdout.write(
    `${findings.length === 0 ? 'nothing is wrong' : `${findings.length} findings`} (${seconds} s)\n`,
  );
}
process.exitCode = findings.length === 0 ? 0 : 1;
