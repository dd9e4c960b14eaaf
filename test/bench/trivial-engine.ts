/**
 * Preloaded (`--import`, as JavaScript: see `scale.ts`) into `verger` and so into its children: the network
 * is replaced by some of the pixels, so that a run of very many images shows what everything else costs. The
 * exact product of the sums stays the real one. Only in children: the main process must not load what it has
 * no need of.
 */
import { isMainThread } from 'node:worker_threads';
import type { InferenceSession as Session, Tensor as TensorType } from 'onnxruntime-node';

const FEATURES = 1280;

/** Features in [0, 6) that differ from image to image. */
function featuresOf(pixels: Uint8Array): Float32Array {
  const features = new Float32Array(FEATURES);
  for (let at = 0; at < FEATURES; at += 1) features[at] = ((pixels[at * 117] ?? 0) * 6) / 256;
  return features;
}

async function replaceNetwork(): Promise<void> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const create = InferenceSession.create.bind(InferenceSession) as (model: Uint8Array) => Promise<Session>;
  const open = async (model: Uint8Array): Promise<Session> => {
    const session = await create(model);
    if (!session.inputNames.includes('pixels')) return session;
    const run = async ({ pixels }: Record<string, TensorType>) => ({
      features: new Tensor('float32', featuresOf(pixels?.data as Uint8Array), [1, FEATURES]),
    });
    return Object.assign(session, { run });
  };
  Object.assign(InferenceSession, { create: open });
}

if (isMainThread && process.send !== undefined) await replaceNetwork();
