import { RUN_FILES, reportSchema, type Storage, VergerError } from '@verger/core';
import { embeddedScript, pageScript } from '@verger/report';
import type { RunRecords } from '@verger/run-index';
import { z } from 'zod';
import type { PageAnswer } from '../http/page.ts';
import { type ByteTurns, releaseAfter } from './byte-turns.ts';

/** A report that is larger is not served. */
const MOST_REPORT_BYTES = 32 * 1024 * 1024;
/** A model of 1,280 components has 30 MB. */
const MOST_MODEL_BYTES = 64 * 1024 * 1024;
/** `report.json` has 4,096 labels at most. */
const MOST_JSON_BYTES = 8 * 1024 * 1024;

/**
 * What is in a bucket may be anything: the page is shut into an origin of its own, may neither load nor ask
 * for anything, and runs no script but the one of this release. Else it could imitate a page of the
 * dashboard.
 */
const policyOf = (sandbox: string, script: string) =>
  [
    sandbox,
    "default-src 'none'",
    `script-src ${script}`,
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** What a report of another release says when it is shown here: its tables and pictures need no script. */
const WITHOUT_SCRIPT =
  '<p role="note" style="margin:1em">This report was not made by the release of verger that this dashboard ' +
  'runs, so it is shown without its script: tables and pictures only. The file in the run has all.</p>';

const DATA_START = '<script type="text/plain" id="data">';
const DATA_END = '</script>';

/** The derived files of a finished run, as browsers get them. Each is held whole until it is sent. */
export class ResultFiles {
  readonly #memory: ByteTurns;
  /** Shares of models, of runs under way: small, where a model has 30 MB to parse. */
  readonly #shares = new WeakMap<RunRecords, { readonly of: string; readonly body: string }>();

  constructor(memory: ByteTurns) {
    this.#memory = memory;
  }

  /** `report.html`, shut in. Undefined where there is none. Errors: those of the storage. */
  async report(store: Storage, gone: AbortSignal): Promise<PageAnswer | undefined> {
    const { bytes, isBusy } = await this.#read(store, RUN_FILES.htmlReport, MOST_REPORT_BYTES, gone);
    if (bytes === undefined) return isBusy ? BUSY : undefined;
    const page = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { html, hash } = embeddedScript(pageScript('report-page'));
    const isOurs = page.includes(html.text);
    const policy = isOurs
      ? policyOf('sandbox allow-scripts allow-downloads', hash)
      : policyOf('sandbox', "'none'");
    const headers = { 'content-security-policy': policy, 'cache-control': 'no-store' };
    const body = isOurs ? page : withNote(page);
    return { status: 200, type: 'text/html; charset=utf-8', body, headers };
  }

  /** The text of the data element of `report.html`; undefined where there is none. Errors: as `report`. */
  async reportData(store: Storage, gone: AbortSignal): Promise<PageAnswer | undefined> {
    const { bytes, isBusy } = await this.#read(store, RUN_FILES.htmlReport, MOST_REPORT_BYTES, gone);
    if (bytes === undefined) return isBusy ? BUSY : undefined;
    const body = dataOf(bytes);
    return body && { status: 200, type: 'text/plain; charset=utf-8', body };
  }

  /**
   * k and the shares of the variance, as JSON; null without a model. Of a finished run they are those of its
   * `report.json`. Errors: also E_RUN_CORRUPT.
   */
  async variance(records: RunRecords, gone: AbortSignal): Promise<PageAnswer> {
    const { store, success, newest, firstVersion } = records;
    const of = `${firstVersion} ${newest} ${success !== undefined}`;
    const known = this.#shares.get(records);
    if (known?.of === of) return jsonAnswer(known.body);
    const [file, most] =
      success === undefined
        ? ([RUN_FILES.model, MOST_MODEL_BYTES] as const)
        : ([RUN_FILES.report, MOST_JSON_BYTES] as const);
    const { bytes, isBusy } = await this.#read(store, file, most, gone);
    if (bytes === undefined) return isBusy ? BUSY : jsonAnswer('null');
    const body = JSON.stringify(parsed(file, () => (success ? ofReport(bytes) : ofModel(bytes))));
    this.#shares.set(records, { of, body });
    return jsonAnswer(body);
  }

  async #read(
    store: Storage,
    file: string,
    maxBytes: number,
    gone: AbortSignal,
  ): Promise<{ bytes?: Uint8Array; isBusy: boolean }> {
    const held = await this.#memory.take(maxBytes, AbortSignal.any([gone, AbortSignal.timeout(WAIT_MS)]));
    if (held === undefined) return { isBusy: true };
    releaseAfter(gone, held);
    const there = await store.read(file, { maxBytes, signal: gone });
    if (there.status !== 'read') return { isBusy: false };
    held.keep(there.bytes.byteLength);
    return { bytes: there.bytes, isBusy: false };
  }
}

/** The page with its note at the start of its body, or before all. */
function withNote(page: Buffer): Buffer {
  const body = page.indexOf('<body');
  const at = body < 0 ? 0 : page.indexOf('>', body) + 1;
  return Buffer.concat([page.subarray(0, at), Buffer.from(WITHOUT_SCRIPT), page.subarray(at)]);
}

/** A request that waits longer for memory is refused. */
const WAIT_MS = 10_000;

const BUSY: PageAnswer = {
  ...{ status: 503, type: 'text/plain; charset=utf-8', headers: { 'retry-after': '5' } },
  body: 'Too many large files are being sent. Try again in a few seconds.\n',
};

const jsonAnswer = (body: string): PageAnswer => ({ status: 200, type: 'application/json', body });

/** What stands in the data element: base64 only. Undefined for a page without one. */
export function dataOf(page: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  const start = bytes.indexOf(DATA_START);
  if (start < 0) return undefined;
  const from = start + DATA_START.length;
  const end = bytes.indexOf(DATA_END, from);
  const data = bytes.subarray(from, end);
  return end >= 0 && /^[A-Za-z0-9+/=\s]*$/.test(data.toString('latin1')) ? data : undefined;
}

const modelSchema = z.object({
  k: z.int().positive().max(1280),
  explainedVarianceRatio: z.array(z.number()).max(1280),
});

type Shares = { readonly k: number; readonly shares: readonly number[] } | null;

function ofModel(bytes: Uint8Array): Shares {
  const { k, explainedVarianceRatio: shares } = modelSchema.parse(JSON.parse(textOf(bytes)));
  return { k, shares };
}

function ofReport(bytes: Uint8Array): Shares {
  const { pca } = reportSchema.parse(JSON.parse(textOf(bytes)));
  if (pca === null) return null;
  const shares = pca.cumulative.map((kept, at) => kept - (pca.cumulative[at - 1] ?? 0));
  return { k: pca.k, shares };
}

const textOf = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

function parsed(file: string, parse: () => Shares): Shares {
  try {
    return parse();
  } catch (cause) {
    throw new VergerError('E_RUN_CORRUPT', {}, { detail: `${file} cannot be read.`, cause });
  }
}
