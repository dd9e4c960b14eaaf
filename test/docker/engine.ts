/** A Docker engine for the campaign: the one that runs, or one of ../shared's stand-ins. */
import { existsSync } from 'node:fs';
import { runProgram } from '@verger/testkit/built';
import { sharedFolder } from '@verger/testkit/shared';

const NODE_TAG = '24-bookworm-slim';

/** Why there is no engine, or undefined where one answers with Compose v2. Minutes where it must be made. */
export async function engineMissing(): Promise<string | undefined> {
  if (await answers()) return undefined;
  const script = `${sharedFolder ?? ''}/tools/docker-bases.sh`;
  if (sharedFolder === undefined || !existsSync(script))
    return 'no Docker engine answers, and ../shared is absent';
  if (process.getuid?.() !== 0) return 'no Docker engine answers, and only root may start one';
  const { code, stderr } = await runProgram('bash', [script, NODE_TAG, '--prometheus']);
  if (code === 0 && (await answers())) return undefined;
  return `no Docker engine could be started: ${stderr.trim().split('\n').at(-1) ?? `exit code ${code}`}`;
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
