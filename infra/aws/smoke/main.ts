/**
 * `npm run aws:smoke`: checks a first deployment step by step with the `aws` command of this machine, and says
 * what is wrong. docs/aws.md has the options.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { smokeRun } from './paid-steps.ts';
import { STEP_NAMES, smoke } from './smoke.ts';

const USAGE = `Usage: npm run aws:smoke -- [--stack NAME] [--region REGION] [--from STEP] [--yes]
                            [--run NAME] [--images COUNT]
  --images COUNT  of the run that is tried (2,000); --run NAME goes on with one that was begun
Steps: ${STEP_NAMES.join(', ')}
`;

try {
  const { values } = parseArgs({
    options: {
      stack: { type: 'string', default: 'verger' },
      region: { type: 'string', default: 'eu-west-1' },
      from: { type: 'string', default: 'identity' },
      yes: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      run: { type: 'string' },
      images: { type: 'string', default: '2000' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const images = Number(values.images);
  const repeat = [
    ...(values.stack === 'verger' ? [] : [` --stack ${values.stack}`]),
    ...(values.region === 'eu-west-1' ? [] : [` --region ${values.region}`]),
  ].join('');
  if (!STEP_NAMES.includes(values.from)) throw new Error(`there is no step ${values.from}`);
  if (!Number.isInteger(images) || images < 1) throw new Error(`--images is no count: ${values.images}`);
  const run = smokeRun(images, values.run);
  process.exitCode = await smoke(
    {
      env: process.env,
      verger: fileURLToPath(new URL('../../../verger', import.meta.url)),
      region: values.region,
      pollMs: 5_000,
      limitOf: (ms) => ms,
      say: (line) => process.stdout.write(`${line}\n`),
    },
    {
      stack: values.stack,
      from: values.from,
      yes: values.yes,
      run,
      repeat,
    },
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}
