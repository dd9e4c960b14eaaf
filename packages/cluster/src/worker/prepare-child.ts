import { asVergerError, type VergerError } from '@verger/core';
import { type NetworkSource, type PreparedNetwork, prepareNetwork } from '@verger/features/weights';

/** What the process answers: the network, or the parts of the error that it was. */
export type PrepareAnswer =
  | { readonly ok: true; readonly prepared: PreparedNetwork }
  | { readonly ok: false; readonly error: Pick<VergerError, 'code' | 'place' | 'detail'> };

// The entry of the process that `startPreparer` starts: one question, one answer.
process.on('SIGINT', () => {}); // Ctrl-C is the parent's to decide
process.once('message', (source) => {
  void answerOf(source as NetworkSource).then((answer) => {
    process.send?.(answer, () => {
      if (process.connected) process.disconnect();
    });
  });
});

async function answerOf(source: NetworkSource): Promise<PrepareAnswer> {
  try {
    return { ok: true, prepared: await prepareNetwork(source) };
  } catch (thrown) {
    const { code, place, detail } = asVergerError(thrown);
    return { ok: false, error: { code, place, detail } };
  }
}
