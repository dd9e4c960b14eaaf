import { VergerError } from '@verger/core';
import { createExtractor, onnxIntegerGram, probeWeights } from '@verger/features';
import { serveChild } from '@verger/pool';
import type { ChildInit, ChildRequest, ChildResponse } from './child-protocol.ts';
import { createChildWork } from './child-work.ts';

// The entry of every child process: one extractor, loaded once, for as long as the child lives.
serveChild<ChildInit, ChildRequest, ChildResponse>({
  init: async ({ network, fingerprint }) => {
    const extractor = await createExtractor({ network, fingerprint });
    if (fingerprint.weightsKind === 'imagenet') {
      const probe = await probeWeights(extractor);
      if (!probe.ok) {
        const detail = `Largest difference ${probe.maxAbsDifference.toPrecision(3)}, allowed 0.001.`;
        throw new VergerError('E_WEIGHTS_PROBE', {}, { detail });
      }
    }
    return createChildWork(extractor, await onnxIntegerGram());
  },
});
