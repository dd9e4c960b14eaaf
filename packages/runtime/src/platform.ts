import { cpus } from 'node:os';
import { readMachine } from './machine.ts';

/** One line of `verger doctor`. `next` says what to do when it is not ok. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly next?: string;
}

/** All that the platform is judged from. */
export interface PlatformFacts {
  /** `20.19.0`, without a v. */
  readonly node: string;
  readonly os: string;
  readonly arch: string;
  /** Version of glibc, or undefined for another C library or none. */
  readonly glibc: string | undefined;
  readonly cores: number;
  readonly cpuLimit: number;
  readonly memoryLimitBytes: number;
}

const MIN_NODE = [20, 19] as const;
/** onnxruntime's Linux binaries are built for manylinux_2_28 (PEP 600). */
const MIN_GLIBC = [2, 28] as const;
/** One child with its network and a decoded image, and the process itself. */
const MIN_MEMORY_BYTES = 768 * 2 ** 20;

function atLeast(version: string, least: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > least[0] || (major === least[0] && minor >= least[1]);
}

function check(name: string, ok: boolean, { detail, next }: { detail: string; next: string }): Check {
  return ok ? { name, ok, detail } : { name, ok, detail, next };
}

function checkSystem({ os, arch }: PlatformFacts): Check {
  const isMac = os === 'darwin';
  const ok = (os === 'linux' && (arch === 'x64' || arch === 'arm64')) || (isMac && arch === 'arm64');
  const otherwise =
    os === 'win32' ? 'Run it in WSL 2.' : 'Use Linux on x64 or arm64, or macOS on Apple silicon.';
  const intelMac = 'onnxruntime has no build for Intel Macs: use Linux, or a container.';
  const next = isMac && arch === 'x64' ? intelMac : otherwise;
  return check('system', ok, { detail: `${os} ${arch}`, next });
}

function checkLibc({ glibc }: PlatformFacts): Check {
  const name = 'C library';
  const musl = 'Use a Debian-based image such as node:24-slim, not Alpine.';
  if (glibc === undefined) return check(name, false, { detail: 'not glibc (musl?)', next: musl });
  const next = `Use a system with glibc ${MIN_GLIBC.join('.')} or newer.`;
  return check(name, atLeast(glibc, MIN_GLIBC), { detail: `glibc ${glibc}`, next });
}

/** The checks, from facts alone. */
export function judgePlatform(facts: PlatformFacts): Check[] {
  const { node, os, cores, cpuLimit, memoryLimitBytes } = facts;
  const nextNode = `Install Node ${MIN_NODE.join('.')} or newer.`;
  const memory = `${Math.round(memoryLimitBytes / 2 ** 20)} MiB available`;
  return [
    check('Node', atLeast(node, MIN_NODE), { detail: node, next: nextNode }),
    checkSystem(facts),
    ...(os === 'linux' ? [checkLibc(facts)] : []),
    { name: 'cores', ok: true, detail: `${cpuLimit} of ${cores} available` },
    check('memory', memoryLimitBytes >= MIN_MEMORY_BYTES, {
      detail: memory,
      next: 'Provide at least 768 MiB.',
    }),
  ];
}

function glibcVersion(): string | undefined {
  const report: unknown = process.report.getReport();
  const header = (report as { header?: { glibcVersionRuntime?: string } }).header;
  return header?.glibcVersionRuntime;
}

/**
 * This machine's checks, for `verger doctor`; nothing native is loaded. Cost: up to 100 ms, for Node's own
 * report.
 */
export function checkPlatform(): Check[] {
  const { cpuLimit, memoryLimitBytes } = readMachine();
  return judgePlatform({
    node: process.versions.node,
    os: process.platform,
    arch: process.arch,
    glibc: process.platform === 'linux' ? glibcVersion() : undefined,
    cores: cpus().length,
    cpuLimit,
    memoryLimitBytes,
  });
}
