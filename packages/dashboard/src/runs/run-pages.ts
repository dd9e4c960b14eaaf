import { asVergerError, type Clock, type Logger, printable, RUN_NAME, within } from '@verger/core';
import { type Html, html } from '@verger/report';
import { type CachedRun, type Place, RunIndex } from '@verger/run-index';
import type { Storages } from '@verger/storage';
import type { Answer, PageAnswer, PageRequest, Pages } from '../http/page.ts';
import { LIVE_PATHS, LivePages, type LivePath } from '../live/live-pages.ts';
import type { ShownImages } from '../live/run-images.ts';
import { pageAnswer } from '../page/layout.ts';
import type { RunActions } from '../run-actions.ts';
import { SharedAnswers } from '../shared-answers.ts';
import { type ActionName, actionHtml, actionTitle } from './action-page.ts';
import { errorHtml } from './error-words.ts';
import { QuarantineSearches } from './quarantine-file.ts';
import { QueueWatch, type RunQueue } from './queue-watch.ts';
import { runAddress } from './run-address.ts';
import { runListHtml } from './run-list-page.ts';
import { runPageHtml } from './run-page.ts';

/** What the pages of runs are made from. */
export interface RunPagesOptions {
  /** Output folders and s3:// prefixes, or runs themselves. */
  readonly places: readonly string[];
  readonly storages: Storages;
  readonly clock: Clock;
  /** For what fails while a run is followed. */
  readonly logger?: Pick<Logger, 'warn'> | undefined;
  /** What is known of runs, where others read it as well. Default: one of its own. */
  readonly index?: RunIndex;
  /** The queue whose workers are shown. Without one, or with Redis gone, storage is all there is to see. */
  readonly queue?: RunQueue | undefined;
  /** Printed with commands: how the store is reached. */
  readonly storageFlags: readonly string[];
  /** What is typed to call verger. Default: `verger`. */
  readonly program?: string;
  /** For tests: memory of all that is known of runs, 64 MiB if not given. */
  readonly mostBytes?: number;
  /** Whose images are shown. Default: those below the places. */
  readonly images?: ShownImages;
  /** Only where the dashboard may act. */
  readonly actions?: RunActions | undefined;
}

/** A page waits so long for storage, then shows what is known. */
const WAIT_MS = 200;
/** The first page of a run waits longer: nothing is known yet. */
const FIRST_WAIT_MS = 1_500;
/** Pages that are kept for further viewers. */
const MOST_PAGES = 50;
const LIST_SECONDS = 10;
const RUN_SECONDS = 7;
const READING_SECONDS = 2;

/** Pages that follow runs: they end with `close`. */
export interface ClosablePages extends Pages {
  close(): void;
}

/**
 * `/runs`, `/runs/<id>` and what is below it, from storage alone. Errors: E_USAGE for a place that is
 * misspelt.
 */
export function createRunPages(options: RunPagesOptions): ClosablePages {
  const pages = new RunPages(options);
  return { answer: (request) => pages.answer(request), close: () => pages.close() };
}

/** Below the page of a run: an action, or a part of its live page. */
const RUN_PATH = new RegExp(
  `^/runs/([^/]+)(?:/(cancel|resume|${LIVE_PATHS.map((path) => path.replace('.', '\\.')).join('|')}))?/?$`,
);

/** A page, and whether the next viewer may have it too. */
interface MadePage {
  readonly answer: PageAnswer;
  /** False while records are being read: the next look shows more. */
  readonly isKept: boolean;
}

interface Found {
  readonly place: Place;
  readonly run: CachedRun;
}

class RunPages {
  private readonly options: RunPagesOptions;
  private readonly index: RunIndex;
  private readonly queue: QueueWatch;
  private readonly searches = new QuarantineSearches();
  private readonly pages: SharedAnswers<MadePage>;
  private readonly live: LivePages;

  constructor(options: RunPagesOptions) {
    this.options = options;
    this.index = options.index ?? new RunIndex(options);
    this.queue = new QueueWatch(options.queue, options.clock);
    const { clock, logger } = options;
    this.pages = new SharedAnswers({ clock, most: MOST_PAGES, isShared: ({ isKept }) => isKept });
    const look = async ({ id }: CachedRun) => await this.index.find(id);
    const { storages, places, images = { roots: places, isPrivate: false } } = options;
    this.live = new LivePages({ storages, images, queue: this.queue, clock, logger, look });
  }

  close(): void {
    this.live.close();
  }

  async answer(request: PageRequest): Promise<Answer | undefined> {
    if (/^\/runs\/?$/.test(request.path)) return await this.shared(request, () => this.list(request));
    const match = RUN_PATH.exec(request.path);
    if (match === null) return undefined;
    const [, id = '', action] = match;
    const livePath = LIVE_PATHS.find((path) => path === action);
    // Nothing that is no run's name reaches a storage.
    if (!RUN_NAME.test(id)) return message(request, { title: 'No such run', status: 404 });
    if (livePath !== undefined) return await this.below(request, id, livePath);
    if (action !== undefined) return await this.act(request, id, action as ActionName);
    return await this.shared(request, () => this.run(request, id));
  }

  /** The page of an address, made at most once in 2 s for all viewers. */
  private async shared(
    { base, path, query }: PageRequest,
    make: () => Promise<MadePage>,
  ): Promise<PageAnswer> {
    return (await this.pages.get(JSON.stringify([base, path, String(query)]), make)).answer;
  }

  private async list(request: PageRequest): Promise<MadePage> {
    const { clock, program = 'verger' } = this.options;
    const isFirst = this.index.places.every(({ listed }) => !listed);
    await this.known([this.index.look(), this.queue.look()], isFirst ? FIRST_WAIT_MS : WAIT_MS);
    const { base, query } = request;
    const { isReading } = this.index;
    const body = runListHtml({
      ...{ base, query, index: this.index, queue: this.queue.facts, clock, program },
    });
    const refreshSeconds = isReading ? READING_SECONDS : LIST_SECONDS;
    return { answer: pageAnswer({ title: 'Runs', base, body, refreshSeconds }), isKept: !isReading };
  }

  private async run(request: PageRequest, id: string): Promise<MadePage> {
    const found = await this.find(request, id);
    if ('status' in found) return { answer: found, isKept: false };
    const { run } = found;
    const { base, query } = request;
    const { clock, storageFlags, program = 'verger', actions } = this.options;
    const { body, isEnded } = await runPageHtml({
      ...{ base, query, run, clock, storageFlags, program },
      place: this.placeOf(found),
      queue: this.queue.facts,
      searches: this.searches,
      actions,
    });
    const isKept = run.records.reading === undefined && run.lookedMs !== undefined;
    const seconds = isKept ? RUN_SECONDS : READING_SECONDS;
    const answer = pageAnswer({
      title: `Run ${id}`,
      base,
      body,
      refreshSeconds: isEnded ? undefined : seconds,
      isLive: true,
    });
    return { answer, isKept };
  }

  /** The run that an address names, or the page that says why there is none, or which there are. */
  private async find(request: PageRequest, id: string): Promise<Found | PageAnswer> {
    const isKnown = this.index.found(id).length > 0;
    await this.known([this.index.find(id), this.queue.look()], isKnown ? WAIT_MS : FIRST_WAIT_MS);
    const all = this.index.found(id);
    const wanted = request.query.get('place') ?? request.form.get('place');
    const [only, second] = wanted === null ? all : all.filter(({ place }) => String(place.number) === wanted);
    if (only === undefined) return this.notFound(request, id);
    return second === undefined ? only : choicePage(request, id, all);
  }

  /** The number of a run's place, where several have a run of its id. */
  private placeOf({ place, run }: Found): string | undefined {
    return this.index.found(run.id).length > 1 ? String(place.number) : undefined;
  }

  private notFound(request: PageRequest, id: string): PageAnswer {
    const { places } = this.index;
    const isReading = places.some((place) => place.runs.get(id)?.isUnread === true);
    const errors = places.flatMap(({ error, location }) =>
      error === undefined ? [] : [html`<p><code>${printable(location)}</code>: ${errorHtml(error)}</p>`],
    );
    if (isReading || errors.length > 0) {
      const what = isReading ? html`<p>It is being read.</p>` : false;
      return message(request, {
        title: `Run ${id}`,
        status: 503,
        body: html`${what}${errors}`,
        refreshSeconds: 5,
      });
    }
    const names = places.map(({ location }) => html`<li><code>${printable(location)}</code></li>`);
    const body = html`<p>There is no run of this id in:</p><ul>${names}</ul>`;
    return message(request, { title: `No run ${id}`, status: 404, body });
  }

  /** A part of a run's live page; 404 where there is none. */
  private async below(request: PageRequest, id: string, path: LivePath): Promise<Answer | undefined> {
    if (request.method !== 'GET') return undefined;
    const found = await this.find(request, id);
    if ('status' in found) return { ...found, status: found.status === 300 ? 404 : found.status };
    const answer = await this.live.answer(path, found.run, request);
    const body = path === 'image' ? NO_IMAGE : 'It is not there.\n';
    return answer ?? { status: 404, type: 'text/plain; charset=utf-8', body };
  }

  private async act(request: PageRequest, id: string, action: ActionName): Promise<PageAnswer> {
    const act = this.options.actions?.[action];
    if (act === undefined) {
      const body =
        action === 'resume' && this.options.actions !== undefined
          ? html`<p>Start the dashboard with <code>--actions-redis</code> to resume runs here.</p>`
          : html`<p>This dashboard only shows runs. Start it with <code>--allow-actions</code> to cancel and
resume them here.</p>`;
      return message(request, { title: 'Not allowed', status: 403, body });
    }
    const found = await this.find(request, id);
    if ('status' in found) return found;
    const { base } = request;
    const place = this.placeOf(found);
    const { location } = found.run;
    if (request.method !== 'POST' || request.form.get('confirm') !== 'yes') {
      return pageAnswer({
        title: actionTitle(action, id),
        base,
        body: actionHtml({ base, action, id, location, place }),
      });
    }
    try {
      await act(location);
    } catch (thrown) {
      const { code, message: words } = asVergerError(thrown);
      return message(request, {
        title: `${actionTitle(action, id)}: failed`,
        status: 502,
        body: html`<p>${errorHtml(`${code}: ${words}`)}</p>`,
      });
    } finally {
      found.run.expire();
      this.pages.clear();
    }
    const to = runAddress(base, id, place);
    return { status: 303, type: 'text/plain; charset=utf-8', body: `See ${to}\n`, headers: { location: to } };
  }

  /** Waits until all is known, at most so long. */
  private async known(looks: readonly Promise<void>[], ms: number): Promise<void> {
    await within<unknown>(Promise.all(looks), ms, async () => undefined);
  }
}

const NO_IMAGE =
  'The image cannot be shown: it is not of this run, is below no --place or --allow-root of the dashboard, has ' +
  'gone or changed since, may not be read by the dashboard, is larger than 8 MiB, or is no JPEG, PNG, WebP, ' +
  'GIF or AVIF.\n';

/** A page where one chooses among the places that have a run of an id. */
function choicePage(request: PageRequest, id: string, all: readonly Found[]): PageAnswer {
  const { base } = request;
  const links = all.map(
    ({ place, run }) =>
      html`<li><a href="${runAddress(base, id, place.number)}"><code>${printable(run.location)}</code></a></li>`,
  );
  const body = html`<p>Several places have a run of this id:</p><ul>${links}</ul>`;
  return message(request, { title: `Run ${id}`, status: 300, body });
}

function message(
  { base }: PageRequest,
  {
    title,
    status,
    body,
    refreshSeconds,
  }: { title: string; status: number; body?: Html; refreshSeconds?: number },
): PageAnswer {
  const content = html`<p class="small"><a href="${base}/runs">All runs</a></p><h1>${title}</h1>${body}`;
  return pageAnswer({ title, base, status, body: content, refreshSeconds });
}
