import { readFileSync, readdirSync } from 'node:fs';
import { createExtractor, prepareNetwork } from '/tmp/wt/speed/packages/features/src/index.ts';
import { preparedSharp } from '/tmp/wt/speed/packages/features/src/decoder.ts';
const dir = '/work/shared/data'; const files: string[] = [];
const walk = (d: string) => { for (const e of readdirSync(d, { withFileTypes: true })) { if (files.length > 400) return; e.isDirectory() ? walk(d + '/' + e.name) : /jpg$/i.test(e.name) && files.push(d + '/' + e.name); } };
walk(dir);
const imgs = files.map((f) => new Uint8Array(readFileSync(f)));
const ex = await createExtractor(await prepareNetwork({ kind: 'untrained', seed: 1 }));
const px = new Uint8Array(150528).fill(7);
const sharp = preparedSharp();
const base = { failOn: 'error', ignoreIcc: true, limitInputPixels: 5e7, page: 0, pages: 1 } as const;
const V: Record<string, (b: Uint8Array) => Promise<unknown>> = {
  now: (b) => sharp(b, base).removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  seq: (b) => sharp(b, { ...base, sequentialRead: true }).removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  seqno: (b) => sharp(b, { ...base, sequentialRead: false }).removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  noalpha: (b) => sharp(b, base).raw().toBuffer({ resolveWithObject: true }),
  nothing: async () => {},
};
for (let round = 0; round < 3; round++) for (const [name, f] of Object.entries(V)) {
  let d = 0, dc = 0;
  for (let i = 0; i < 40; i++) {
    const c = process.cpuUsage(), s = performance.now();
    for (let k = 0; k < 8; k++) await f(imgs[(i * 8 + k) % imgs.length]);
    d += performance.now() - s; const e = process.cpuUsage(c); dc += (e.user + e.system) / 1000;
    for (let k = 0; k < 8; k++) await ex.infer(px);
  }
  console.log(name.padEnd(9), 'wall', (d / 320).toFixed(3), 'cpu', (dc / 320).toFixed(3));
}
