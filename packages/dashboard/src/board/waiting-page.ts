import type { QueueReader } from '@verger/queue';
import { html } from '@verger/report';
import { maskSecrets } from '@verger/runtime';
import type { PageAnswer } from '../http/page.ts';
import { pageAnswer } from '../page/layout.ts';

/** Shown in place of Bull Board until Redis has answered once; looks again every 10 s. */
export function waitingPage(reader: QueueReader, base: string): PageAnswer {
  const { trouble } = reader;
  const since = trouble === undefined ? '' : ` since ${new Date(trouble.sinceMs).toISOString()}`;
  const body = html`<h1>Queues</h1>
<p role="status">Waiting for Redis at ${reader.describe()}${since}.</p>
${trouble !== undefined && html`<p>${maskSecrets(trouble.error.message)}</p>`}
<p>The <a href="${base}/runs">runs</a> are read from storage and need no Redis.</p>`;
  return { ...pageAnswer({ title: 'Queues', base, body }), headers: { refresh: '10' } };
}

/** Shown in place of Bull Board when no Redis was named. */
export function noQueues(base: string): PageAnswer {
  const body = html`<h1>Queues</h1>
<p>This dashboard was started without <code>--redis</code>, so it shows no queues.</p>
<p>The <a href="${base}/runs">runs</a> are read from storage.</p>`;
  return pageAnswer({ title: 'Queues', base, body });
}
