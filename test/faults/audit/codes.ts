import { readFileSync } from 'node:fs';

/** An image code as the documentation tells it. */
export interface ImageCode {
  readonly what: string;
  readonly next: string;
  /** Found around the image, not in its bytes. */
  readonly environmental: boolean;
}

const SECTIONS: Readonly<Record<string, boolean>> = { 'In the image': false, 'Around the image': true };

/** The image codes in the order of `docs/errors.md`. */
export function readImageCodes(): ReadonlyMap<string, ImageCode> {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const codes = new Map<string, ImageCode>();
  for (const section of page.split(/^## /m).slice(1)) {
    const environmental = SECTIONS[section.slice(0, section.indexOf('\n'))];
    if (environmental === undefined) continue;
    for (const [, code, what, next] of section.matchAll(/^\| `(E_\w+)` \| (.*?) \| (.*?) \| [^|]* \|$/gm)) {
      codes.set(code!, { what: what!, next: next!, environmental });
    }
  }
  if (codes.size === 0) throw new Error('docs/errors.md lists no image codes');
  return codes;
}
