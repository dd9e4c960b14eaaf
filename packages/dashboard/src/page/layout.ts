import type { PageAnswer } from '../http/page.ts';
import { type Html, html } from './html.ts';

/** A page, without what is around it. */
export interface PageContent {
  readonly title: string;
  readonly base: string;
  readonly body: Html;
  /** Default: 200. */
  readonly status?: number;
  /** False for the login page: no navigation. Default: true. */
  readonly navigation?: boolean;
}

/** A whole page: head, navigation, content. Styles and scripts are files of `assets/`. */
export function pageAnswer({ title, base, body, status = 200, navigation = true }: PageContent): PageAnswer {
  const links = html`<nav aria-label="Main">
<a href="${base}/runs">Runs</a> <a href="${base}/queues">Queues</a>
<form method="post" action="${base}/logout"><button>Log out</button></form>
</nav>`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · verger</title>
<link rel="stylesheet" href="${base}/assets/style.css">
<link rel="icon" type="image/svg+xml" href="${base}/icon.svg">
<meta name="referrer" content="same-origin">
</head>
<body>
${navigation && html`<header>${links}</header>`}
<main>
${body}
</main>
</body>
</html>
`;
  return { status, type: 'text/html; charset=utf-8', body: page.text };
}
