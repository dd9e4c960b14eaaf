/** The wall and CPU time of one `verger` command with all of its child processes. */
import { spawn } from 'node:child_process';

/** What a command took, and the location of the run that it printed. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time of the process and its children. */
  readonly cpuMs: number;
  readonly location: string;
  /** What it printed: JSON. */
  readonly stdout: string;
}

/** Runs a built `verger` with `--json` under bash's `times`, which counts children. Throws its stderr. */
export async function costOf(program: string, args: readonly string[]): Promise<Cost> {
  const started = performance.now();
  const script = '"$@"; code=$?; times >&2; exit $code';
  const child = spawn('bash', ['-c', script, 'verger', process.execPath, program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [text, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`verger ${args.join(' ')} ended with ${code}: ${said}`);
  const { location } = JSON.parse(text) as { location: string };
  return { wallMs: performance.now() - started, cpuMs: childrenCpuMs(said), location, stdout: text };
}

/** Milliseconds of user and system time in the last line of bash's `times` (`0m1.250s 0m0.040s`). */
function childrenCpuMs(said: string): number {
  const line = said.trim().split('\n').at(-1) ?? '';
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
}
