import { brokenLimit, type PoolLimits, type ProcessUsage } from './limits.ts';
import type { Slot } from './slot.ts';
import { mib, readUsage } from './usage.ts';

function inspect<Init, Request, Response>(
  slot: Slot<Init, Request, Response>,
  usage: ProcessUsage | undefined,
  base: PoolLimits,
): void {
  const entry = slot.state === 'ready' ? slot.window[0] : undefined;
  const limits = entry?.limits ?? base;
  const sinceMs = slot.state === 'starting' ? slot.startedMs : entry?.oldestSinceMs;
  if (entry !== undefined && usage !== undefined) entry.cpuAtStartMs ??= usage.cpuMs;
  const seen = {
    // From the first look at it as the oldest, so that no other request's time is put to its account.
    cpuMs: usage === undefined ? 0 : usage.cpuMs - (entry?.cpuAtStartMs ?? usage.cpuMs),
    wallMs: sinceMs === undefined ? 0 : performance.now() - sinceMs,
    rssBytes: usage?.rssBytes ?? 0,
  };
  const reason = brokenLimit(seen, limits);
  if (reason === undefined) return;
  const text = {
    cpu: `${Math.round(seen.cpuMs)} ms of CPU time; the limit is ${limits.cpuMs} ms`,
    memory: `${mib(seen.rssBytes)}; the limit is ${mib(limits.memoryBytes)}`,
    wall: `${Math.round(seen.wallMs)} ms; the limit is ${limits.wallMs} ms`,
  };
  slot.kill({ reason, entry, seen: text[reason] });
}

/**
 * Looks at all children once and kills those that broke a limit. A child without a request is held to the
 * memory limit, a starting one also to the wall limit. Never throws.
 */
export async function watchOnce<Init, Request, Response>(
  slots: readonly Slot<Init, Request, Response>[],
  base: PoolLimits,
): Promise<void> {
  const looked = slots.flatMap((slot) => {
    const pid = slot.child?.pid;
    return pid === undefined ? [] : [{ slot, pid, oldest: slot.window[0] }];
  });
  const usages = await readUsage(looked.map(({ pid }) => pid));
  for (const { slot, pid, oldest } of looked) {
    const usage = usages.get(pid);
    if (usage !== undefined) slot.peakBytes = Math.max(slot.peakBytes, usage.peakBytes);
    // What was measured while another request was the oldest says nothing about this one.
    if (slot.child?.pid === pid && slot.window[0] === oldest) inspect(slot, usage, base);
  }
}
