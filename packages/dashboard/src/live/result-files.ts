import { Budget, RUN_FILES, type Storage, VergerError } from '@verger/core';
import { z } from 'zod';
import type { PageAnswer } from '../http/page.ts';

/** A report that is larger is not served. */
const MOST_REPORT_BYTES = 32 * 1024 * 1024;
/** A model of 1,280 components has 30 MB. */
const MOST_MODEL_BYTES = 64 * 1024 * 1024;
/** Files that are read at once: each is held whole. */
const AT_ONCE = 2;

/**
 * What is in a bucket may be anything: the page is shut into an origin of its own, and may neither load nor ask
 * for anything.
 */
const REPORT_POLICY = [
  'sandbox allow-scripts allow-downloads',
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const DATA_START = '<script type="text/plain" id="data">';
const DATA_END = '</script>';

/** The derived files of a finished run, as browsers get them. Each is read whole, two at a time. */
export class ResultFiles {
  readonly #turn = new Budget(AT_ONCE);

  /** `report.html`, shut in. Undefined where there is none. Errors: those of the storage. */
  async report(store: Storage): Promise<PageAnswer | undefined> {
    const bytes = await this.#read(store, RUN_FILES.htmlReport, MOST_REPORT_BYTES);
    if (bytes === undefined) return undefined;
    const headers = { 'content-security-policy': REPORT_POLICY, 'cache-control': 'no-store' };
    return { status: 200, type: 'text/html; charset=utf-8', body: bytes, headers };
  }

  /** The text of the data element of `report.html`; undefined where there is none. Errors: as `report`. */
  async reportData(store: Storage): Promise<PageAnswer | undefined> {
    const bytes = await this.#read(store, RUN_FILES.htmlReport, MOST_REPORT_BYTES);
    const body = bytes === undefined ? undefined : dataOf(bytes);
    return body === undefined ? undefined : { status: 200, type: 'text/plain; charset=utf-8', body };
  }

  /** k and the shares of the variance, as JSON; null without a model. Errors: also E_RUN_CORRUPT. */
  async variance(store: Storage): Promise<PageAnswer> {
    const bytes = await this.#read(store, RUN_FILES.model, MOST_MODEL_BYTES);
    const type = 'application/json';
    if (bytes === undefined) return { status: 200, type, body: 'null' };
    const { k, explainedVarianceRatio: shares } = modelOf(bytes);
    return { status: 200, type, body: JSON.stringify({ k, shares }) };
  }

  async #read(store: Storage, file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const release = await this.#turn.take(1);
    try {
      const there = await store.read(file, { maxBytes });
      return there.status === 'read' ? there.bytes : undefined;
    } finally {
      release();
    }
  }
}

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

function modelOf(bytes: Uint8Array): z.infer<typeof modelSchema> {
  try {
    return modelSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new VergerError('E_RUN_CORRUPT', {}, { detail: `${RUN_FILES.model} cannot be read.`, cause });
  }
}
