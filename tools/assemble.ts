/**
 * Assembles `packages/features/src/resize.wat` into `resize-wasm.ts`: `npm run assemble`. A test compares the two, so that the bytes are
 * always those of the text.
 */
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const folder = new URL('../packages/features/src/', import.meta.url);
const { parseWat } = await wabt();
const source = parseWat('resize.wat', await readFile(new URL('resize.wat', folder)), { simd: true });
source.validate();
const base64 = Buffer.from(source.toBinary({}).buffer).toString('base64');
const lines = base64.match(/.{1,100}/g) ?? [];
const text = `/** \`resize.wat\` assembled, in base64: made by \`npm run assemble\`, never by hand. */
export const RESIZE_WASM =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
await writeFile(new URL('resize-wasm.ts', folder), text);
