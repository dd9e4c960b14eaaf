/** What `bench:whole` runs in turns with verger: the Spark pipeline, and a script on the same engine. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareNetwork } from '@verger/features';
import { runProgram } from '@verger/testkit/built';
import { sharedFile } from '@verger/testkit/shared';
import type { Round } from './run-ours.ts';

/** A program that does the same job, ready to be run. */
export interface Peer {
  /** The title of its column. */
  readonly name: string;
  /** What it runs on, for the head of the section. */
  readonly about: string;
  /** One run into a new output folder. Throws what it said when it failed. */
  run(images: string, output: string): Promise<Round>;
}

/** A peer, or the sentence that says why it is not run. */
export type PeerOrSkip = Peer | { readonly name: string; readonly skipped: string };

interface PeerOptions {
  /** The weights file that verger is given. */
  readonly weights: string;
  readonly processes: number;
  /** A folder of this bench. */
  readonly folder: string;
}

/** Name of the pipeline that verger replaces. */
export const SPARK = 'PySpark + TensorFlow';
const SCRIPT = 'onnxruntime script';

/** Both peers, in the order in which they are run. */
export async function findPeers(options: PeerOptions): Promise<readonly PeerOrSkip[]> {
  return [await sparkPeer(options), await scriptPeer(options)];
}

/** Python and the versions of these packages; the error's last line when one of them is missing. */
async function versionsOf(
  python: string,
  packages: readonly string[],
): Promise<{ ok: boolean; text: string }> {
  const names = packages.map((name) => `'${name}'`).join(', ');
  const script =
    `import sys, importlib.metadata as m; ` +
    `print(', '.join(['Python ' + sys.version.split()[0]] + [f'{n} {m.version(n)}' for n in [${names}]]))`;
  try {
    const { code, stdout, stderr } = await runProgram(python, ['-c', script]);
    const last = stderr.trim().split('\n').at(-1) ?? '';
    return code === 0 ? { ok: true, text: stdout.trim() } : { ok: false, text: `${python}: ${last}` };
  } catch (error) {
    return { ok: false, text: String(error) };
  }
}

async function runPython(
  python: string,
  args: readonly string[],
  { output, env = {} }: { output: string; env?: Readonly<Record<string, string>> },
): Promise<{ stdout: string; totalMs: number }> {
  await mkdir(output, { recursive: true });
  const started = performance.now();
  const { code, stdout, stderr } = await runProgram(python, args, {
    cwd: output,
    env: { PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  const totalMs = performance.now() - started;
  if (code !== 0)
    throw new Error(`${args[0]} ended with ${code}:\n${stderr.slice(-4000)}${stdout.slice(-2000)}`);
  return { stdout, totalMs };
}

/** The pipeline that verger replaces. `VERGER_PEER_PYTHON` names its Python; needs Java 17. */
async function sparkPeer({ weights }: PeerOptions): Promise<PeerOrSkip> {
  const python = process.env['VERGER_PEER_PYTHON'];
  if (python === undefined) return { name: SPARK, skipped: 'VERGER_PEER_PYTHON is not set' };
  const versions = await versionsOf(python, ['tensorflow-cpu', 'keras', 'pyspark', 'numpy']);
  // It was asked for by name, so what is missing is an error.
  if (!versions.ok) throw new Error(`VERGER_PEER_PYTHON cannot be used: ${versions.text}`);
  return {
    name: SPARK,
    about: `${versions.text}; local[2], one TensorFlow thread each, Keras's batches of 32`,
    run: async (images, output) => {
      const args = [sharedFile('peer/seed_pipeline.py'), images, output, weights];
      const { totalMs } = await runPython(python, args, { output, env: { PYSPARK_PYTHON: python } });
      const { n, k, features_s } = JSON.parse(await readFile(join(output, 'timings.json'), 'utf8')) as {
        n: number;
        k: number;
        features_s: number;
      };
      return { images: n, k, extractMs: features_s * 1000, totalMs };
    },
  };
}

/**
 * A script of thirty lines on the same engine (onnxruntime, Pillow, scikit-learn), with the network that
 * verger builds. `VERGER_SCRIPT_PYTHON` names its Python, else `python3`; skipped where the script or a
 * package is missing.
 */
async function scriptPeer({ weights, processes, folder }: PeerOptions): Promise<PeerOrSkip> {
  const script = sharedFile('peer/modern_peer.py');
  if (!existsSync(script)) return { name: SCRIPT, skipped: `${script} is absent` };
  const python = process.env['VERGER_SCRIPT_PYTHON'] ?? 'python3';
  const versions = await versionsOf(python, ['onnxruntime', 'pillow', 'scikit-learn', 'pyarrow']);
  if (!versions.ok) return { name: SCRIPT, skipped: versions.text };
  const network = join(folder, 'network.onnx');
  await writeFile(network, (await prepareNetwork({ kind: 'file', path: weights, custom: false })).network);
  return {
    name: SCRIPT,
    about: `${versions.text}; ${processes} processes of one thread, batch 1`,
    run: async (images, output) => {
      const args = [script, images, output, network, String(processes)];
      const { stdout, totalMs } = await runPython(python, args, { output });
      return { ...parseScript(stdout), totalMs };
    },
  };
}

/** What the script prints: `n 4962 k 25 features 22.1 s = 224 img/s, whole …`. */
function parseScript(stdout: string): Pick<Round, 'images' | 'k' | 'extractMs'> {
  const match = /^n (\d+) k (\d+) features ([\d.]+) s /m.exec(stdout);
  if (match === null) throw new Error(`the script printed something else:\n${stdout}`);
  const [images, k, seconds] = match.slice(1).map(Number) as [number, number, number];
  return { images, k, extractMs: seconds * 1000 };
}
