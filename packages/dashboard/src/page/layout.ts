import { type Html, html } from '@verger/report';
import type { PageAnswer } from '../http/page.ts';
import { assetUrl } from './assets.ts';

/** A page, without what is around it. */
export interface PageContent {
  readonly title: string;
  readonly base: string;
  readonly body: Html;
  /** Default: 200. */
  readonly status?: number;
  /** False for the login page: no navigation. Default: true. */
  readonly navigation?: boolean;
  /** The page is fetched again after so many seconds while its tab is visible. Default: never. */
  readonly refreshSeconds?: number | undefined;
  /** True for a page with a live part: it takes a script and a style of its own. */
  readonly isLive?: boolean;
}

/** A whole page: head, navigation, content. Styles and scripts are files of `assets/`. */
export function pageAnswer(content: PageContent): PageAnswer {
  const { title, base, body, status = 200, navigation = true, refreshSeconds, isLive } = content;
  const links = html`<nav aria-label="Main">
<a class="brand" href="${base}/runs">verger</a>
<a href="${base}/runs">Runs</a>
<a href="${base}/queues">Queues</a>
</nav>
<p id="refreshed"></p>
<p id="trouble" role="status"></p>
<form method="post" action="${base}/logout"><button class="plain">Log out</button></form>`;
  const refresh = refreshSeconds === undefined ? '' : html` data-refresh="${refreshSeconds}"`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · verger</title>
<meta name="referrer" content="same-origin">
<link rel="stylesheet" href="${assetUrl(base, 'style.css')}">
${isLive === true && html`<link rel="stylesheet" href="${assetUrl(base, 'live.css')}">\n`}<link rel="icon" href="${assetUrl(base, 'icon.svg')}" type="image/svg+xml">
${navigation && html`<script src="${assetUrl(base, 'refresh.js')}" defer></script>`}
${isLive === true && html`<script src="${assetUrl(base, 'live.js')}" defer></script>`}
</head>
<body>
${navigation && html`<a class="skip" href="#main">Skip to content</a><header>${links}</header>`}
<main id="main" tabindex="-1"${refresh}>
${body}
</main>
</body>
</html>
`;
  return {
    ...{ status, type: 'text/html; charset=utf-8', body: page.text },
    headers: { 'cache-control': 'no-store' },
  };
}
