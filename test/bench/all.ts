/**
 * `npm run bench`: every bench one after the other, each writing its section of docs/benchmarks.md. About
 * half an hour with the peer (VERGER_PEER_PYTHON), on a machine that does nothing else; `bench:scale` and
 * `bench:cluster` are apart.
 */
import { spawn } from 'node:child_process';

const BENCHES = ['whole', 'stages', 'pca', 'csv', 'reuse', 'bombs'];

for (const bench of BENCHES) {
  process.stdout.write(`\n=== bench:${bench}\n`);
  const child = spawn('npm', ['run', '--silent', `bench:${bench}`, '--', '--record'], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`bench:${bench} ended with ${code}`);
}
