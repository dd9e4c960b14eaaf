/**
 * A cluster on this machine against the bounds it must hold: `npm run bench:cluster [-- --part NAME]
 * [--images N] [--rounds N] [--record]`. Real Redis, S3 (versitygw) and processes; needs those programs and
 * the shared folder, and says which one is absent. Each part takes less than six minutes; `--images` tries it
 * with fewer (photographs, or partitions of `drain`, or jobs of `memory`). Exit 1 when a bound is missed.
 */
import { parseArgs } from 'node:util';
import { temporaryFolder } from '@verger/testkit/cli';
import { redisMissing } from '@verger/testkit/redis-server';
import { recordSection } from '@verger/testkit/reliability';
import { drainPart } from './cluster-drain.ts';
import { memoryPart } from './cluster-memory.ts';
import { idlePart, lagPart, stopPart } from './cluster-services.ts';
import { busyOthers, type ClusterSite, missingForCluster, openSite } from './cluster-site.ts';
import { bytesPart, throughputPart } from './cluster-throughput.ts';
import { type PartResult, verdictTable } from './cluster-verdict.ts';
import { machineText } from './machine.ts';

const MANY = 20_000;
/** Cores that others may keep busy while a part is measured. */
const QUIET_CORES = 0.1;

interface Options {
  /** Undefined: as many as the part is for. */
  readonly images: number | undefined;
  readonly rounds: number;
}

interface Part {
  readonly title: string;
  readonly missing: () => string | undefined;
  run(folder: string, options: Options): Promise<PartResult>;
}

function onSite(title: string, run: (site: ClusterSite, options: Options) => Promise<PartResult>): Part {
  return {
    title,
    missing: missingForCluster,
    run: async (folder, options) => {
      const site = await openSite(folder, options.images);
      try {
        return await run(site, options);
      } finally {
        await site.close();
      }
    },
  };
}

const onRedis = () => (redisMissing === false ? undefined : 'redis-server (or VERGER_REDIS_SERVER)');

const PARTS: Readonly<Record<string, Part>> = {
  throughput: onSite('Cluster: throughput', (site, { rounds }) => throughputPart(site, rounds)),
  bytes: onSite('Cluster: bytes', bytesPart),
  lag: onSite('Cluster: event loop of a worker', lagPart),
  idle: onSite('Cluster: first job, idle', idlePart),
  stop: onSite('Cluster: SIGTERM', stopPart),
  memory: {
    title: 'Cluster: memory of Redis',
    missing: onRedis,
    run: (_, { images }) => memoryPart(images ?? MANY),
  },
  drain: {
    title: 'Cluster: very many partitions',
    missing: onRedis,
    run: (folder, { images }) => drainPart(folder, images ?? MANY),
  },
};

/** Runs one part and gives whether all its bounds hold. */
async function runPart(name: string, part: Part, options: Options & { record: boolean }): Promise<boolean> {
  const missing = part.missing();
  if (missing !== undefined) {
    process.stdout.write(`${part.title}: left out, there is no ${missing}\n`);
    return true;
  }
  const { folder, remove } = await temporaryFolder();
  try {
    const { value, cores } = await busyOthers(() => part.run(folder, options));
    const { text, verdicts } = value;
    const warning =
      cores > QUIET_CORES
        ? `WARNING: others kept ${cores.toFixed(1)} cores busy meanwhile: these numbers are not to be quoted.\n\n`
        : '';
    const head = `## ${part.title} (\`npm run bench:cluster -- --part ${name}\`)`;
    const section = `${head}\n\n${warning}${machineText()}. ${text}\n\n${verdictTable(verdicts)}\n`;
    process.stdout.write(`${section}\n`);
    if (options.record) await recordSection(`cluster-${name}`, section, 'benchmarks');
    return verdicts.every(({ met }) => met);
  } finally {
    await remove();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      part: { type: 'string' },
      images: { type: 'string' },
      rounds: { type: 'string', default: '2' },
      record: { type: 'boolean', default: false },
    },
  });
  const named = values.part === undefined ? Object.keys(PARTS) : [values.part];
  const images = values.images === undefined ? undefined : Number(values.images);
  let met = true;
  for (const name of named) {
    const part = PARTS[name];
    if (part === undefined)
      throw new Error(`no such part: ${name}; there are ${Object.keys(PARTS).join(', ')}`);
    const options = { images, rounds: Number(values.rounds), record: values.record };
    met = (await runPart(name, part, options)) && met;
  }
  return met ? 0 : 1;
}

process.exitCode = await main();
