/**
 * Assembles each kernel, `resize.wat` into `resize-wasm.ts` and so on: `npm run assemble`. A test beside each
 * compares the two, so that the bytes are always those of the text.
 */
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const KERNELS = [
  ['packages/features/src/resize/', 'resize'],
  ['packages/pca/src/', 'triangle'],
] as const;

const { parseWat } = await wabt();
for (const [path, name] of KERNELS) {
  const folder = new URL(`../${path}`, import.meta.url);
  const source = parseWat(`${name}.wat`, await readFile(new URL(`${name}.wat`, folder)), { simd: true });
  source.validate();
  const base64 = Buffer.from(source.toBinary({}).buffer).toString('base64');
  const lines = base64.match(/.{1,100}/g) ?? [];
  const text = `/** \`${name}.wat\` assembled, in base64: made by \`npm run assemble\`, never by hand. */
export const ${name.toUpperCase()}_WASM =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
  await writeFile(new URL(`${name}-wasm.ts`, folder), text);
}
