import { createHash } from 'node:crypto';
import { LIVE_STYLE, pageScript, STYLE } from '@verger/report';
import type { PageAnswer, PageRequest, Pages } from '../http/page.ts';
import { ICON } from './icon.ts';
import { REFRESH_SCRIPT } from './refresh-script.ts';

const FILES = {
  'style.css': { type: 'text/css; charset=utf-8', text: () => STYLE },
  'icon.svg': { type: 'image/svg+xml', text: () => ICON },
  'refresh.js': { type: 'text/javascript; charset=utf-8', text: () => REFRESH_SCRIPT },
  'live.css': { type: 'text/css; charset=utf-8', text: () => LIVE_STYLE },
  // Read when a run is first shown: a tree that is not built has none.
  'live.js': { type: 'text/javascript; charset=utf-8', text: () => pageScript('live-page') },
} as const;

/** A file below `assets/`. */
export type AssetName = keyof typeof FILES;

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
const VERSIONS = new Map<AssetName, string>();

function versionOf(name: AssetName): string {
  const known = VERSIONS.get(name) ?? digestOf(FILES[name].text());
  VERSIONS.set(name, known);
  return known;
}

/** Where a page finds an asset: the address changes with its bytes, so it may be kept. */
export function assetUrl(base: string, name: AssetName): string {
  return `${base}/assets/${name}?v=${versionOf(name)}`;
}

/** The style, script and icon of all pages, below `assets/`. None is a secret: a login page needs them. */
export function createAssets(): Pages<PageAnswer> {
  const answer = ({ path }: Pick<PageRequest, 'path'>): PageAnswer | undefined => {
    const name = Object.keys(FILES).find((file) => path === `/assets/${file}`) as AssetName | undefined;
    if (name === undefined) return undefined;
    const { type, text } = FILES[name];
    return { status: 200, type, body: text(), headers: { 'cache-control': 'public, max-age=86400' } };
  };
  return { answer: async (request) => answer(request) };
}
