/** What the live page of a run is told: a snapshot, then what has changed since. Plain JSON. */
import { fromBase64, toBase64 } from './base64.ts';

/** The states of a partition in the grid, in the order of its legend. */
export const PARTITION_STATES = [
  'waiting',
  'running',
  'retried',
  'committed',
  'reused',
  'projected',
  'failed',
  'damaged',
] as const;
/** A state of a partition. `retried`: attempts failed, and another may be made. */
export type PartitionState = (typeof PARTITION_STATES)[number];

/** Of one partition: its column types, by name. Times in hundredths of a second after `originMs`. */
export const LIVE_COLUMNS = {
  /** Place in `PARTITION_STATES`. */
  state: Uint8Array,
  /** Attempts so far, 255 for more. */
  attempt: Uint8Array,
  /** Of its commit; 0 without one. */
  epoch: Uint16Array,
  /** Place in `LiveFacts.workers`; `NO_WORKER` without one. */
  worker: Uint16Array,
  images: Uint32Array,
  extracted: Uint32Array,
  quarantined: Uint32Array,
  reused: Uint32Array,
  /** When it was committed; 0 before. */
  end: Uint32Array,
  /** What it took, milliseconds. */
  wallMs: Uint32Array,
} as const;
/** A column of partitions. */
export type LiveColumn = keyof typeof LIVE_COLUMNS;
/** One value per partition in each column. */
export type LiveColumns = { readonly [Name in LiveColumn]: InstanceType<(typeof LIVE_COLUMNS)[Name]> };

/** Stands for no worker. */
export const NO_WORKER = 0xffff;
/** Milliseconds of a unit of `end`. */
export const END_UNIT_MS = 10;

/** One thing that is wrong: what it is, and what to do. `next` may name commands between backquotes. */
export interface Trouble {
  readonly tone: 'warn' | 'bad';
  readonly what: string;
  readonly next: string;
}

/** A trouble of one worker. Troubles of the same kind are told of several workers at once. */
export interface WorkerTrouble extends Trouble {
  readonly kind: 'silent' | 'blocked' | 'memory' | 'died' | 'slow' | 'idle';
  /** In a few words. */
  readonly short: string;
}

/** A stage of a run: how far it is, and what it has yet to do. */
export interface LiveStage {
  readonly stage: 'extract' | 'reduce' | 'project' | 'finish';
  readonly state: 'done' | 'under way' | 'next' | 'not begun';
  /** Partitions; 1 for a stage of the whole run. */
  readonly done: number;
  readonly total: number;
  /** Images that it has yet to do; null for a stage of the whole run. */
  readonly backlog: number | null;
  readonly ms: number | null;
}

/** A process that works, or has worked, on a run. */
export interface LiveWorker {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly cpu: string | null;
  readonly processes: number | null;
  /** True: its heartbeat is there. False: it was to be there. Null: it is not known, or no longer wanted. */
  readonly alive: boolean | null;
  /** Of its commits. */
  readonly partitions: number;
  readonly images: number;
  /** Images per second: of its heartbeat while it is there, else of its commits. */
  readonly perSecond: number | null;
  /** Milliseconds since 1970; null when never. */
  readonly lastMs: number | null;
  /** Partitions that it holds; null where that is not told. */
  readonly holds: readonly number[] | null;
  readonly trouble: readonly WorkerTrouble[];
}

/** Failed attempts with one code. */
export interface LiveFailures {
  readonly code: string;
  readonly attempts: number;
  readonly partitions: readonly number[];
  /** Partitions beyond those. */
  readonly more: number;
  readonly reason: string;
  readonly path: string | null;
  readonly next: string;
  readonly isFinal: boolean;
  readonly lastMs: number;
  readonly worker: string;
}

/** One failed attempt at a partition. */
export interface LiveAttempt {
  readonly partition: number;
  readonly attempt: number;
  readonly code: string;
  readonly reason: string;
  readonly path: string | null;
  readonly next: string;
  readonly permanent: boolean;
  /** Place in `LiveFacts.workers`. */
  readonly worker: number;
  readonly atMs: number;
}

/**
 * Why nothing is done: Redis does not answer; nobody is alive; those who are cannot work; no image of any
 * worker was done within the last minute.
 */
export type Stalled = 'redis' | 'nobody' | 'blocked' | 'no image';

/** What is known of a run beside its partitions. */
export interface LiveFacts {
  readonly words: string;
  readonly tone: string;
  readonly isOver: boolean;
  readonly originMs: number;
  /** The newest one. */
  readonly epoch: number;
  readonly partitions: number;
  readonly listed: number;
  readonly extracted: number;
  readonly quarantined: number;
  readonly reused: number;
  readonly perSecond: number | null;
  /** Of the heartbeats of workers that hold a job of this run; null where none is known to. */
  readonly livePerSecond: number | null;
  /** Null also where nothing is done. */
  readonly etaMs: number | null;
  /** Null where the run goes on, as far as is known. */
  readonly stalled?: Stalled | null;
  /** ISO 8601; null without one. */
  readonly deadline: string | null;
  /** How far off that is, in words. */
  readonly deadlineLeft: string | null;
  readonly k: number | null;
  readonly kept: number | null;
  /** The share of the variance that was asked for; null where a number of components was. */
  readonly target: number | null;
  /** True where the queue says which partitions run. */
  readonly knowsRunning: boolean;
  readonly stages: readonly LiveStage[];
  readonly troubles: readonly Trouble[];
  readonly workers: readonly LiveWorker[];
  readonly failures: readonly LiveFailures[];
  readonly attempts: readonly LiveAttempt[];
  /** Images in quarantine by code. */
  readonly quarantine: readonly { readonly code: string; readonly count: number; readonly next: string }[];
  readonly hasModel: boolean;
  readonly hasReport: boolean;
  /** What the id of a job begins with, before its epoch; null where the queue is not shown. */
  readonly jobs: string | null;
}

/** All that the page shows at one time. */
export interface LiveState {
  /** When storage was looked at, ISO 8601. */
  readonly at: string;
  readonly facts: LiveFacts;
  readonly columns: LiveColumns;
}

/** Lists that may be long while little in them changes. */
type ListName = 'workers' | 'attempts';
const LIST_NAMES: readonly ListName[] = ['workers', 'attempts'];

/** A list without its first `dropped` rows, then with these rows at their places, and so long. */
interface ListChange {
  readonly dropped: number;
  readonly length: number;
  readonly rows: readonly (readonly [at: number, row: unknown])[];
}

/** A message to the page. Columns are base64 of their values, little-endian. */
export interface LiveMessage {
  readonly at: string;
  /** Present in a snapshot; in what follows the parts that have changed. */
  readonly facts?: Partial<LiveFacts>;
  /** The partitions whose values follow: all of them in a snapshot. */
  readonly rows?: string;
  /** Lists of the facts of which some rows have changed: what stays of each, and the rows that are new. */
  readonly lists?: { readonly [Name in ListName]?: ListChange };
  readonly isSnapshot?: boolean;
  readonly columns?: Partial<Record<LiveColumn, string>>;
}

const NAMES = Object.keys(LIVE_COLUMNS) as LiveColumn[];

/** Columns of so many partitions, all 0. */
export function emptyColumns(partitions: number): LiveColumns {
  const columns = NAMES.map((name) => [name, new LIVE_COLUMNS[name](partitions)] as const);
  return Object.fromEntries(columns) as unknown as LiveColumns;
}

/** The message that tells all. Cost: 40 bytes per partition. */
export function snapshotOf({ at, facts, columns }: LiveState): LiveMessage {
  const all = NAMES.map((name) => [name, toBase64(bytesOf(columns[name]))] as const);
  return { at, isSnapshot: true, facts, columns: Object.fromEntries(all) };
}

/**
 * The message from one state to the next, or undefined when nothing but the time has changed, or partitions
 * were added: that takes a snapshot. Cost: a pass over the partitions.
 */
export function deltaOf(before: LiveState, after: LiveState): LiveMessage | 'snapshot' | undefined {
  if (before.columns.state.length !== after.columns.state.length) return 'snapshot';
  const rows = changedRows(before.columns, after.columns);
  const changed = changedFacts(before.facts, after.facts);
  if (rows.length === 0 && changed === undefined) return undefined;
  const { workers, attempts, ...facts } = changed ?? {};
  const lists = listChanges({ workers, attempts }, before.facts);
  const columns = NAMES.map((name) => {
    const values = new LIVE_COLUMNS[name](rows.length);
    for (const [at, row] of rows.entries()) values[at] = after.columns[name][row] ?? 0;
    return [name, toBase64(bytesOf(values))] as const;
  });
  return {
    at: after.at,
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(lists === undefined ? {} : { lists }),
    ...(rows.length === 0
      ? {}
      : { rows: toBase64(bytesOf(Uint32Array.from(rows))), columns: Object.fromEntries(columns) }),
  };
}

function changedRows(before: LiveColumns, after: LiveColumns): number[] {
  const rows: number[] = [];
  for (let row = 0; row < after.state.length; row += 1) {
    if (NAMES.some((name) => before[name][row] !== after[name][row])) rows.push(row);
  }
  return rows;
}

function changedFacts(before: LiveFacts, after: LiveFacts): Partial<LiveFacts> | undefined {
  const names = Object.keys(after) as (keyof LiveFacts)[];
  const changed = names.filter(
    (name) => before[name] !== after[name] && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

function listChanges(
  changed: { readonly [Name in ListName]?: readonly unknown[] | undefined },
  before: LiveFacts,
): LiveMessage['lists'] {
  const changes = LIST_NAMES.flatMap((name) => {
    const now = changed[name];
    return now === undefined ? [] : [[name, listChange(before[name], now)] as const];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

/** What changes a list. The newest rows may have pushed out the first ones. */
function listChange(before: readonly unknown[], after: readonly unknown[]): ListChange {
  const known = before.map((row) => JSON.stringify(row));
  const texts = after.map((row) => JSON.stringify(row));
  const first = texts[0] === undefined ? 0 : known.indexOf(texts[0]);
  const dropped = Math.max(0, first);
  const rows = after.flatMap((row, at) => (texts[at] === known[at + dropped] ? [] : [[at, row] as const]));
  return { dropped, length: after.length, rows };
}

function changedList<T>(before: readonly T[], { dropped, length, rows }: ListChange): T[] {
  const list = before.slice(dropped, dropped + length);
  for (const [at, row] of rows) list[at] = row as T;
  return list;
}

/**
 * The state after a message; undefined for a change of nothing that is known. Errors: of base64 and sizes.
 */
export function applied(state: LiveState | undefined, message: LiveMessage): LiveState | undefined {
  if (message.isSnapshot === true) {
    const facts = message.facts as LiveFacts;
    const columns = NAMES.map(
      (name) => [name, numbersOf(message.columns?.[name] ?? '', LIVE_COLUMNS[name])] as const,
    );
    return { at: message.at, facts, columns: Object.fromEntries(columns) as unknown as LiveColumns };
  }
  if (state === undefined) return undefined;
  if (message.rows !== undefined) {
    const rows = numbersOf(message.rows, Uint32Array);
    for (const name of NAMES) {
      const values = numbersOf(message.columns?.[name] ?? '', LIVE_COLUMNS[name]);
      for (const [at, row] of rows.entries()) state.columns[name][row] = values[at] ?? 0;
    }
  }
  const { workers, attempts } = message.lists ?? {};
  const lists = {
    ...(workers === undefined ? {} : { workers: changedList(state.facts.workers, workers) }),
    ...(attempts === undefined ? {} : { attempts: changedList(state.facts.attempts, attempts) }),
  };
  return { ...state, at: message.at, facts: { ...state.facts, ...message.facts, ...lists } };
}

type Numbers = Uint8Array | Uint16Array | Uint32Array;

const bytesOf = ({ buffer, byteOffset, byteLength }: Numbers) =>
  new Uint8Array(buffer, byteOffset, byteLength);

type ColumnType = (typeof LIVE_COLUMNS)[LiveColumn];

const numbersOf = (text: string, Column: ColumnType): Numbers => new Column(fromBase64(text).buffer);
