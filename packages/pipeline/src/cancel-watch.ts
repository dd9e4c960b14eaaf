import { epochOf, RUN_FOLDERS, VergerError } from '@verger/core';
import type { StageContext } from './stage-context.ts';

const POLL_MS = 5000;

/**
 * `verger cancel` may come from another process, so its mark is looked for: that of this epoch, or of a newer one, which ends the
 * earlier ones, too. Cost: one list of a few names. Errors: E_RUN_CANCELLED when there is one.
 */
export async function checkUncancelled({ run, signal }: Pick<StageContext, 'run' | 'signal'>): Promise<void> {
  signal.throwIfAborted();
  const { store, epoch } = run;
  for await (const { key } of store.list({ prefix: RUN_FOLDERS.control, signal })) {
    if ((epochOf(key) ?? 0) < epoch) continue;
    throw new VergerError('E_RUN_CANCELLED', { location: store.describe() });
  }
}

/**
 * Aborts with E_RUN_CANCELLED soon after the epoch is cancelled, also in the middle of a large partition. Gives what ends the
 * watch. A look that fails is no matter: the next one is a few seconds away.
 */
export function watchCancel(
  ctx: Pick<StageContext, 'run' | 'signal' | 'logger'>,
  abort: AbortController,
  everyMs = POLL_MS,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const look = async () => {
    try {
      await checkUncancelled(ctx);
    } catch (error) {
      if (error instanceof VergerError && error.code === 'E_RUN_CANCELLED') abort.abort(error);
      else ctx.logger.debug({ error: String(error) }, 'could not look whether the run is cancelled');
    }
    if (!ended && !ctx.signal.aborted) again();
  };
  const again = () => {
    timer = setTimeout(() => void look(), everyMs);
  };
  again();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
