/**
 * File-system calls that are seen, counted and spoilt: the functions of `node:fs` and `node:fs/promises` that
 * verger uses, wrapped for a whole process. Only calls under an actor's folders are touched. Installed before
 * verger's modules are loaded (`--import`, see `fs-preload.ts`), so nothing of this is in the product.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** One call. */
export interface FsCall {
  /** From 1, among the actor's calls. */
  readonly number: number;
  /** `open`, `link`, …; calls on an open file are `read`, `write`, `sync`, `close`. */
  readonly name: string;
  /** What it is about; of two names the one that comes to be. */
  readonly path: string;
  /** What is to be opened may be written. */
  readonly writes: boolean;
  /** It cannot wait. */
  readonly sync: boolean;
  /** The key of the storage call that it serves, as far as `withKey` told. */
  readonly key: string | undefined;
}

/**
 * What happens to a call: it goes on, after a wait where one is given, or fails with a code of the system.
 */
export type Decision = undefined | { readonly wait: Promise<void> } | { readonly fail: string };

/** Who makes calls: a submission in this process, or the whole of it. */
export interface Actor {
  readonly folders: readonly string[];
  readonly before?: (call: FsCall) => Decision;
  readonly after?: (call: FsCall) => Decision;
  calls: number;
  /** How to close the files that it opened and has not closed, by number. */
  readonly left: Map<number, () => Promise<void>>;
}

interface Scope {
  readonly actor: Actor;
  readonly key: string | undefined;
}

type Call = (this: unknown, ...args: unknown[]) => unknown;
type Calls = Record<string, Call>;

const scopes = new AsyncLocalStorage<Scope>();
let everybody: Actor | undefined;
/** Paths of open files by their number, for the calls that are given only that. */
const openPaths = new Map<number, string>();

/** An actor of these folders, with no call made yet. */
export function newActor(folders: readonly string[], spoil: Pick<Actor, 'before' | 'after'> = {}): Actor {
  return { folders, ...spoil, calls: 0, left: new Map() };
}

/** Runs `body` as an actor: all calls that follow from it are the actor's. */
export async function asActor<T>(actor: Actor, body: () => Promise<T>): Promise<T> {
  return await scopes.run({ actor, key: undefined }, body);
}

/** Makes an actor of the whole process. */
export function setEverybody(actor: Actor): void {
  everybody = actor;
}

/** Names the storage key that the calls of `body` serve. */
export async function withKey<T>(key: string, body: () => Promise<T>): Promise<T> {
  const scope = scopes.getStore();
  return scope === undefined ? await body() : await scopes.run({ ...scope, key }, body);
}

/** An error as the system's own. */
export function systemError(code: string, name: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: spoilt by the campaign, ${name} '${path}'`), {
    code,
    syscall: name,
  });
}

function scopeOf(path: string): Scope | undefined {
  const scope =
    scopes.getStore() ?? (everybody === undefined ? undefined : { actor: everybody, key: undefined });
  return scope?.actor.folders.some((folder) => path === folder || path.startsWith(`${folder}/`)) === true
    ? scope
    : undefined;
}

function seen(
  { actor, key }: Scope,
  name: string,
  path: string,
  { flags = 'r', sync = false }: { flags?: unknown; sync?: boolean } = {},
): FsCall {
  actor.calls += 1;
  const writes = typeof flags === 'string' ? /[wa+]/.test(flags) : Number(flags) % 4 !== 0;
  return { number: actor.calls, name, path, writes, sync, key };
}

async function obey(decision: Decision, call: FsCall): Promise<void> {
  if (decision === undefined) return;
  if ('fail' in decision) throw systemError(decision.fail, call.name, call.path);
  await decision.wait;
}

function obeySync(decision: Decision, call: FsCall): void {
  // What cannot wait fails; everything after it that can, waits.
  if (decision !== undefined)
    throw systemError('fail' in decision ? decision.fail : 'EIO', call.name, call.path);
}

async function spoilt<T>(scope: Scope, call: FsCall, act: () => Promise<T>): Promise<T> {
  await obey(scope.actor.before?.(call), call);
  const result = await act();
  await obey(scope.actor.after?.(call), call);
  return result;
}

function pathOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}

function wrapPromises(target: Calls, name: string, at = 0): void {
  const real = target[name] as Call;
  target[name] = function (...args) {
    const path = pathOf(args[at]);
    const scope = scopeOf(path);
    if (scope === undefined) return real.apply(this, args);
    return spoilt(scope, seen(scope, name, path), async () => await real.apply(this, args));
  };
}

function wrapCallback(target: Calls, name: string): void {
  const real = target[name] as Call;
  target[name] = function (...args) {
    const path = pathOf(args[0]);
    const scope = scopeOf(path);
    const done = args.at(-1);
    if (scope === undefined || typeof done !== 'function') return real.apply(this, args);
    const call = seen(scope, name, path);
    return obey(scope.actor.before?.(call), call).then(
      () => void real.apply(this, args),
      (error: unknown) => void (done as Call).call(undefined, error),
    );
  };
}

/** `name` is that of the call without `Sync`; files that are open are known by number. */
function wrapSync(target: Calls, property: string, name = property.replace(/Sync$/, '')): void {
  const real = target[property] as Call;
  target[property] = function (...args) {
    const number = typeof args[0] === 'number' ? args[0] : undefined;
    const path = number === undefined ? pathOf(args[0]) : (openPaths.get(number) ?? '');
    const scope = scopeOf(path);
    if (scope === undefined) return real.apply(this, args);
    const flags = name === 'open' ? args[1] : 'r';
    const call = seen(scope, name, path, { flags, sync: true });
    const decision = scope.actor.before?.(call);
    // A close that fails has closed, as in Linux.
    if (name === 'close' && number !== undefined) openPaths.delete(number);
    if (name === 'close' && decision !== undefined) real.apply(this, args);
    obeySync(decision, call);
    const result = real.apply(this, args);
    if (name === 'open') openPaths.set(result as number, path);
    obeySync(scope.actor.after?.(call), call);
    return result;
  };
}

const HANDLE_CALLS = ['read', 'write', 'appendFile', 'sync'];

function wrapHandle(handle: fs.promises.FileHandle, path: string, scope: Scope): fs.promises.FileHandle {
  const calls = handle as unknown as Calls;
  for (const name of HANDLE_CALLS) {
    const real = (calls[name] as Call).bind(handle);
    calls[name] = (...args) => spoilt(scope, seen(scope, name, path), async () => await real(...args));
  }
  const close = handle.close.bind(handle);
  const { fd } = handle;
  const closeNow = async () => {
    openPaths.delete(fd);
    scope.actor.left.delete(fd);
    await close();
  };
  openPaths.set(fd, path);
  scope.actor.left.set(fd, closeNow);
  handle.close = async () => {
    const call = seen(scope, 'close', path);
    const decision = scope.actor.before?.(call);
    if (decision !== undefined && 'wait' in decision) await decision.wait;
    // A close that fails has closed, as in Linux.
    await closeNow();
    await obey(decision, call);
    await obey(scope.actor.after?.(call), call);
  };
  return handle;
}

function wrapOpen(target: Calls): void {
  const real = target['open'] as (...args: unknown[]) => Promise<fs.promises.FileHandle>;
  target['open'] = async (...args) => {
    const path = pathOf(args[0]);
    const scope = scopeOf(path);
    if (scope === undefined) return await real(...args);
    const call = seen(scope, 'open', path, { flags: args[1] });
    await obey(scope.actor.before?.(call), call);
    const handle = wrapHandle(await real(...args), path, scope);
    try {
      await obey(scope.actor.after?.(call), call);
    } catch (error) {
      await scope.actor.left.get(handle.fd)?.();
      throw error;
    }
    return handle;
  };
}

/** Closes what an actor that was stopped for ever left open. */
export async function closeLeft(actor: Actor): Promise<void> {
  for (const close of [...actor.left.values()]) await close().catch(() => {});
}

const PROMISES = [
  ...[
    'lstat',
    'stat',
    'realpath',
    'readdir',
    'opendir',
    'mkdir',
    'rm',
    'rmdir',
    'unlink',
    'writeFile',
    'statfs',
  ],
];
const CALLBACKS = ['lstat', 'stat'];
const SYNC = ['statSync', 'fstatSync', 'openSync', 'readSync', 'closeSync'];

/**
 * The functions that are wrapped, by module. What verger uses beyond them is not tried: see `uncoveredCalls`.
 */
export const WRAPPED = {
  'node:fs/promises': [...PROMISES, 'link', 'rename', 'open'],
  'node:fs': [...CALLBACKS, ...SYNC, 'realpathSync'],
};

let installed = false;

/** Wraps the functions; once a process. */
export function installFsHook(): void {
  if (installed) return;
  installed = true;
  const promises = fs.promises as unknown as Calls;
  for (const name of PROMISES) wrapPromises(promises, name);
  wrapPromises(promises, 'link', 1);
  wrapPromises(promises, 'rename', 1);
  wrapOpen(promises);
  const plain = fs as unknown as Calls;
  for (const name of CALLBACKS) wrapCallback(plain, name);
  for (const name of SYNC) wrapSync(plain, name);
  wrapSync(fs.realpathSync as unknown as Calls, 'native', 'realpath');
  syncBuiltinESMExports();
}
