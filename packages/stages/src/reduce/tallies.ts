import { type Commit, sha256 } from '@verger/core';
import type { ChildCalls, TalliedPart } from '../child/protocol.ts';
import type { Children } from '../children/children.ts';
import type { StageContext } from '../context.ts';

type Tally = ChildCalls['tally']['response'];
/** What a commit says of the sums of its partition. */
type SumsOf = Pick<Commit, 'partition' | 'sums'>;

/**
 * Begins the merge in the child of `call` with the sums that children still have from sealing, and gives the partitions that are in it:
 * those, and only those, whose commits name the same sums. A child that has died since, or whose tally has a part that is not
 * committed as it was sealed, adds nothing: those sums are read. Cost: 15 ms a child.
 */
export async function mergeTallies(
  ctx: StageContext,
  call: Children['call'],
  commits: readonly SumsOf[],
): Promise<ReadonlySet<number>> {
  const merged = new Set<number>();
  if (ctx.tallied.size === 0) return merged;
  // Taken once: a reduce that is tried again reads everything.
  ctx.tallied.clear();
  const named = new Map(commits.map(({ partition, sums }) => [partition, sums.sha256]));
  const usable = ({ parts }: Tally) => {
    const fits = ({ partition, sha256 }: TalliedPart) =>
      named.get(partition) === sha256 && !merged.has(partition);
    return parts.length > 0 && parts.every(fits);
  };
  const count = ({ parts }: Tally) => {
    for (const { partition } of parts) merged.add(partition);
  };
  const request = { run: ctx.run.manifest.identity };
  const own = await call('tally', { ...request, stay: true }, { signal: ctx.signal });
  if (usable(own)) count(own);
  for (const tally of await othersTallies(ctx, ctx.children.processes - 1)) {
    if (tally.sums === undefined || !usable(tally)) continue;
    const { sums } = tally;
    await call('merge', { sums, sha256: sha256(sums), first: merged.size === 0 }, { signal: ctx.signal });
    count(tally);
  }
  return merged;
}

/** What the other children have: as many leases at once as there are others are as many different children. */
async function othersTallies(ctx: StageContext, others: number): Promise<Tally[]> {
  const { children, signal, run } = ctx;
  const take = async (calls: readonly Children['call'][]): Promise<Tally[]> => {
    if (calls.length < others) return await children.withLease((call) => take([...calls, call]));
    const request = { run: run.manifest.identity, stay: false };
    return await Promise.all(calls.map((call) => call('tally', request, { signal })));
  };
  return await take([]);
}
