import { createHash } from 'node:crypto';
import { Html } from '../html/html.ts';

/** Text that stands in a page as an element, and its hash for the content policy. */
export interface Embedded {
  readonly html: Html;
  readonly hash: string;
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** A script in the page. Errors: a plain Error for text that would end the element. */
export function embeddedScript(text: string): Embedded {
  return { html: new Html(`<script>${closed(text, 'script')}</script>`), hash: hashOf(text) };
}

/** A style in the page. Errors: as `embeddedScript`. */
export function embeddedStyle(text: string): Embedded {
  return { html: new Html(`<style>${closed(text, 'style')}</style>`), hash: hashOf(text) };
}

function closed(text: string, name: string): string {
  if (text.toLowerCase().includes(`</${name}`) || text.includes('<!--'))
    throw new Error(`the text ends the ${name} element`);
  return text;
}

/** What a page may load: nothing from anywhere; its own script and style; pictures that it makes itself. */
export function contentPolicyOf({ script, style }: Record<'script' | 'style', Embedded>): string {
  return [
    "default-src 'none'",
    `script-src ${script.hash}`,
    `style-src ${style.hash}`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
