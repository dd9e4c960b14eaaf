/** A Docker engine for the campaign: the one that runs, or one of ../shared's stand-ins. */
import { existsSync } from 'node:fs';
import { runProgram } from '@verger/testkit/built';
import { sharedFolder } from '@verger/testkit/shared';

const NODE_TAG = '24-bookworm-slim';

/** An engine that answers, and how it is left; or why there is none. */
export type Engine = { readonly missing: string } | { readonly missing?: never; release(): Promise<void> };

/** The engine that runs, which is left as it is, or a new one, which `release` ends. Minutes for a new one. */
export async function findEngine(): Promise<Engine> {
  if (await answers()) return { release: async () => undefined };
  const script = `${sharedFolder ?? ''}/tools/docker-bases.sh`;
  if (sharedFolder === undefined || !existsSync(script)) {
    return { missing: 'no Docker engine answers, and ../shared is absent' };
  }
  if (process.getuid?.() !== 0) return { missing: 'no Docker engine answers, and only root may start one' };
  // All variables: what reaches the registries here is in them.
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { code, stderr } = await runProgram('bash', [script, NODE_TAG, '--prometheus'], { env });
  if (code === 0 && (await answers())) {
    return { release: async () => void (await runProgram('bash', [script, '--stop'])) };
  }
  const last = stderr.trim().split('\n').at(-1) ?? `exit code ${code}`;
  return { missing: `no Docker engine could be started: ${last}` };
}

async function answers(): Promise<boolean> {
  const asked = [['info'], ['compose', 'version']].map((words) =>
    runProgram('docker', words).catch(() => undefined),
  );
  return (await Promise.all(asked)).every((answer) => answer?.code === 0);
}

/** True where an image is on this machine. */
export async function hasImage(image: string): Promise<boolean> {
  return (await runProgram('docker', ['image', 'inspect', image])).code === 0;
}
