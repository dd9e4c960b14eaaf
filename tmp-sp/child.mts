import { readFileSync, readdirSync } from 'node:fs';
import { createExtractor, prepareNetwork, onnxIntegerGram } from '/tmp/wt/speed/packages/features/src/index.ts';
import { createChildWork } from '/tmp/wt/speed/packages/pipeline/src/child-work.ts';
const dir = '/work/shared/data'; const files: string[] = [];
const walk = (d: string) => { for (const e of readdirSync(d, { withFileTypes: true })) { if (files.length > 400) return; e.isDirectory() ? walk(d + '/' + e.name) : /jpg$/i.test(e.name) && files.push(d + '/' + e.name); } };
walk(dir);
const imgs = files.map((f) => new Uint8Array(readFileSync(f)));
const ex = await createExtractor(await prepareNetwork({ kind: 'untrained', seed: 1 }));
const work = createChildWork(ex, onnxIntegerGram);
const N = Number(process.argv[2] ?? 100);
let d = 0, f = 0;
const rows: Float32Array[] = [];
for (let w = 0; w < 5; w++) await work({ kind: 'images', images: imgs.slice(0, 8) });
const c = process.cpuUsage(), s = performance.now();
for (let i = 0; i < N; i++) { const at = (i * 8) % 392; const r: any = await work({ kind: 'images', images: imgs.slice(at, at + 8) }); d += r.decodeMs; f += r.inferenceMs; for (const o of r.outcomes) rows.push(o.features); }
const e = process.cpuUsage(c); const n = N * 8;
console.log('wall', ((performance.now() - s) / n).toFixed(2), 'cpu', ((e.user + e.system) / 1000 / n).toFixed(2), 'dec', (d / n).toFixed(2), 'inf', (f / n).toFixed(2));
const P = 156; const features = new Float32Array(P * 1280); for (let i = 0; i < P; i++) features.set(rows[i], i * 1280);
const r = { paths: files.slice(0, P), labels: files.slice(0, P).map((x) => x.split('/').at(-2)!), features, quarantined: [] };
const q: number[] = [];
for (let i = 0; i < 12; i++) { const s = process.cpuUsage(); await work({ kind: 'seal', rows: r }); const e = process.cpuUsage(s); q.push((e.user + e.system) / 1000); }
console.log('seal cpu ms', q.map((x) => x.toFixed(0)).join(' '));
