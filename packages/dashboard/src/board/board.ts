import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { AppControllerRoute, QueueJobJson, UIConfig } from '@bull-board/api/typings/app';
import { asVergerError, type Clock, RUN_NAME } from '@verger/core';
import type { QueueReader } from '@verger/queue';
import { maskSecrets } from '@verger/runtime';
import { securityHeaders } from '../http/headers.ts';
import type { PageAnswer, PageRequest, Pages } from '../http/page.ts';
import { assetUrl } from '../page/assets.ts';
import { SharedAnswers } from '../shared-answers.ts';
import { renderIndex } from './index-page.ts';
import { BoardAdapter, matchRoute } from './server-adapter.ts';
import { createStaticFiles } from './static-files.ts';
import { waitingPage } from './waiting-page.ts';

/** Below the base path. */
const PLACE = '/queues';

/** Answers of the API that are kept. */
const MOST_ANSWERS = 100;

/** Seconds between two polls of a page: one poll is some 70 commands of Redis. */
const POLL_SECONDS = 10;

/** What Bull Board shows, and how. */
export interface BoardOptions {
  readonly reader: QueueReader;
  /** '' or `/verger`. */
  readonly base: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

type Queue = NonNullable<QueueReader['queues']>[number];

/**
 * Bull Board at `/queues`, for reading only: routes that write are not there, its queues are read-only, and
 * the Redis user of the documentation may not write. Errors: plain ones when Bull Board's files are missing.
 */
export function createBoard({ reader, base, clock }: BoardOptions): Pages {
  const adapter = new BoardAdapter();
  const uiPath = dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'));
  const options = { uiBasePath: uiPath, uiConfig: uiConfig(base) };
  const board = createBullBoard({ queues: [], serverAdapter: adapter, options });
  const { viewsPath, staticPath, entry, ...parts } = adapter.parts;
  const files = createStaticFiles(staticPath);
  const view = entry.handler({ basePath: `${base}${PLACE}`, uiConfig: parts.uiConfig });
  const index = renderIndex(readFileSync(join(viewsPath, view.name), 'utf8'), view.params);
  const answers = new SharedAnswers<PageAnswer>({ clock, most: MOST_ANSWERS });
  let shown: readonly Queue[] | undefined;
  const ask = async (route: AppControllerRoute, params: Record<string, string>, request: PageRequest) => {
    const { queues } = reader;
    if (queues !== undefined && queues !== shown) {
      shown = queues;
      board.replaceQueues(queues.map((queue) => boardQueue(queue, base)));
    }
    const query = Object.fromEntries(request.query);
    const asked = { queues: parts.queues, uiConfig: parts.uiConfig, query, params, body: {}, headers: {} };
    try {
      const { status = 200, body } = await reader.ask(async () => await route.handler(asked));
      return json(status, body);
    } catch (thrown) {
      return json(503, unavailable(thrown));
    }
  };
  return {
    async answer(request) {
      if (request.path !== PLACE && !request.path.startsWith(`${PLACE}/`)) return undefined;
      const path = request.path.slice(PLACE.length) || '/';
      if (request.method !== 'GET') return undefined;
      if (path.startsWith('/static/')) return await files.answer(path.slice('/static/'.length));
      for (const route of parts.api) {
        const params = matchRoute([route.route].flat()[0] ?? '', path);
        if (params === undefined) continue;
        const sorted = new URLSearchParams([...request.query].sort(([a], [b]) => (a < b ? -1 : 1)));
        return await answers.get(`${path}?${sorted}`, () => ask(route, params, request));
      }
      if (![entry.route].flat().some((route) => matchRoute(route, path) !== undefined)) return undefined;
      if (reader.queues === undefined) return waitingPage(reader, base);
      const headers = securityHeaders('bull-board');
      return { status: 200, type: 'text/html; charset=utf-8', body: index, headers };
    },
  };
}

function uiConfig(base: string): UIConfig {
  return {
    boardTitle: 'verger',
    boardLogo: { path: assetUrl(base, 'icon.svg'), width: 24, height: 24 },
    favIcon: { default: assetUrl(base, 'icon.svg'), alternative: 'static/favicon-32x32.png' },
    miscLinks: [{ text: 'Runs', url: `${base}/runs` }],
    hideDocsLink: true,
    pollingInterval: { showSetting: false, forceInterval: POLL_SECONDS },
    showWorkers: false,
    showMetrics: false,
  };
}

const DESCRIPTION = 'Read only. The flow view shows at most 1,000 children of a job.';

function boardQueue(queue: Queue, base: string): BullMQAdapter {
  return new BullMQAdapter(queue, {
    readOnlyMode: true,
    allowRetries: false,
    description: DESCRIPTION,
    externalJobUrl: (job) => runOf(job, base),
  });
}

/** The page of a job's run. Something else may have written the job: it leads nowhere then. */
function runOf({ data }: QueueJobJson, base: string): { href: string; displayText: string } {
  const { runId } = Object(data) as { runId?: unknown };
  const known = typeof runId === 'string' && RUN_NAME.test(runId);
  return { href: known ? `${base}/runs/${runId}` : `${base}/runs`, displayText: 'Run' };
}

function json(status: number, body: unknown): PageAnswer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

/** As Bull Board's interface reads an error. */
function unavailable(thrown: unknown): { error: { key: string }; message: string } {
  const message = maskSecrets(asVergerError(thrown).message);
  return { error: { key: 'ERRORS.INTERNAL_SERVER_ERROR' }, message };
}
