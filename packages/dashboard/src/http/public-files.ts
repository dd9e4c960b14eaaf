import type { PageAnswer } from './page.ts';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<circle cx="8" cy="6" r="5.5" fill="#2f7d4f"/><rect x="7" y="9" width="2" height="6" fill="#7a5230"/></svg>`;

/** The icon of all pages: a tree. */
export function icon(): PageAnswer {
  const headers = { 'cache-control': 'public, max-age=86400' };
  return { status: 200, type: 'image/svg+xml', body: ICON, headers };
}
