import { readFileSync } from 'node:fs';

/** What is known of a CPU. */
export interface CpuDescription {
  /** As `process.platform`. */
  readonly os: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** The text of `/proc/cpuinfo`; undefined where there is none. */
  readonly cpuinfo: string | undefined;
}

/** Whether a CPU says that it has instructions that add 8-bit products in 32 bits. */
export interface Int8Instructions {
  readonly found: boolean;
  /** Which, or which are missing, for a person. */
  readonly text: string;
}

const VNNI_FLAGS = ['avx512_vnni', 'avx_vnni'] as const;
const DOT_PRODUCT_FLAG = 'asimddp';

/** The flags that all listed CPUs have: a machine may have different cores. */
function commonFlags(cpuinfo: string, key: 'flags' | 'Features'): ReadonlySet<string> {
  const lists = cpuinfo
    .split('\n')
    .filter((line) => line.split(':')[0]?.trim() === key)
    .map((line) => new Set(line.slice(line.indexOf(':') + 1).split(/\s+/)));
  const [first = new Set<string>(), ...others] = lists;
  return new Set([...first].filter((flag) => others.every((list) => list.has(flag))));
}

/**
 * What a CPU says of itself: VNNI on x64, dot products on Arm, which all Apple silicon has. Only words:
 * whether int8 is exact is for `proveInt8` to find out.
 */
export function int8Instructions({ os, arch, cpuinfo }: CpuDescription): Int8Instructions {
  if (os === 'darwin' && arch === 'arm64') return { found: true, text: 'dot products (Apple silicon)' };
  if (cpuinfo === undefined) return { found: false, text: 'instructions not known: no /proc/cpuinfo' };
  if (arch === 'arm64') {
    const found = commonFlags(cpuinfo, 'Features').has(DOT_PRODUCT_FLAG);
    const text = found ? `dot products (${DOT_PRODUCT_FLAG})` : `no dot products (${DOT_PRODUCT_FLAG})`;
    return { found, text };
  }
  const flags = commonFlags(cpuinfo, 'flags');
  const vnni = VNNI_FLAGS.filter((flag) => flags.has(flag));
  if (vnni.length > 0) return { found: true, text: `VNNI (${vnni.join(', ')})` };
  return { found: false, text: `no VNNI (${VNNI_FLAGS.join(' or ')})` };
}

function readCpuinfo(): string | undefined {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return undefined; // not Linux, or /proc is not mounted
  }
}

/** What this machine's CPU says of itself. Cost: one read of `/proc/cpuinfo`. */
export function thisInt8Instructions(): Int8Instructions {
  return int8Instructions({ os: process.platform, arch: process.arch, cpuinfo: readCpuinfo() });
}
