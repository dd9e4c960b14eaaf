/** The steps in their order, and what is printed of each. */
import { type Edges, Wrong } from './edges.ts';
import {
  checkBuckets,
  checkControl,
  checkIdentity,
  checkQueue,
  checkRoles,
  checkSecrets,
} from './free-steps.ts';
import { backToZero, drainWorker, finishRun, type SmokeRun, startWorker } from './paid-steps.ts';
import { readStack, type Stack } from './stack.ts';

interface Step {
  readonly name: string;
  /** It starts instances. */
  readonly paid: boolean;
  readonly check: (edges: Edges, stack: () => Promise<Stack>, run: SmokeRun) => Promise<string>;
}

const free = (name: string, check: (edges: Edges, stack: Stack) => Promise<string>): Step => ({
  ...{ name, paid: false },
  check: async (edges, stack) => await check(edges, await stack()),
});
const paid = (name: string, check: (edges: Edges, stack: Stack, run: SmokeRun) => Promise<string>): Step => ({
  ...{ name, paid: true },
  check: async (edges, stack, run) => await check(edges, await stack(), run),
});

const STEPS: readonly Step[] = [
  { name: 'identity', paid: false, check: checkIdentity },
  free('stack', async (_, { name, group }) => `${name}, workers in ${group}`),
  free('roles', checkRoles),
  free('buckets', checkBuckets),
  free('secrets', checkSecrets),
  free('control', checkControl),
  free('queue', checkQueue),
  paid('worker', startWorker),
  paid('drain', drainWorker),
  paid('run', finishRun),
  paid('zero', backToZero),
];

/** Names of the steps, for `--from`. */
export const STEP_NAMES: readonly string[] = STEPS.map(({ name }) => name);

/** What the command line says. */
export interface SmokeOptions {
  readonly stack: string;
  readonly from: string;
  /** Steps that cost money may be done. */
  readonly yes: boolean;
  readonly run: SmokeRun;
  /** Options that the commands it prints repeat, such as ` --stack trial`. */
  readonly repeat: string;
}

/**
 * Does the steps until one fails, and prints a line for each. Gives the exit code: 0 when all that were asked
 * for are well, 1 otherwise.
 */
export async function smoke(
  edges: Edges,
  { stack: name, from, yes, run, repeat }: SmokeOptions,
): Promise<number> {
  let stack: Promise<Stack> | undefined;
  const read = () => {
    stack ??= readStack(edges, name);
    return stack;
  };
  for (const step of STEPS.slice(STEP_NAMES.indexOf(from))) {
    if (step.paid && !yes) {
      edges.say(
        `\nAll well so far. The step ${step.name} and those after it start one or two spot instances for some ` +
          `20 minutes, about 0.05 USD:\n  npm run aws:smoke -- --yes --from ${step.name}${repeat}`,
      );
      return 0;
    }
    try {
      edges.say(`ok     ${step.name.padEnd(9)}${await step.check(edges, read, run)}`);
    } catch (error) {
      const next = error instanceof Wrong ? error.next : 'This is not expected: please report it.';
      edges.say(`WRONG  ${step.name.padEnd(9)}${error instanceof Error ? error.message : String(error)}`);
      edges.say(`next   ${next}`);
      const same = step.paid ? ` --yes --run ${run.name}` : '';
      edges.say(`then   npm run aws:smoke -- --from ${step.name}${same}${repeat}`);
      return 1;
    }
  }
  edges.say('\nThe deployment works.');
  return 0;
}
