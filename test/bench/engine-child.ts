/**
 * A process that opens one engine and infers what it is asked to: forked by `engines.ts` for each round of
 * each engine, on the built packages.
 */
import { readFile } from 'node:fs/promises';
import type { EngineChoice, Fingerprint } from '@verger/core';

/** What an engine's process is to open. */
export interface EngineInit extends EngineChoice {
  /** A file with the network. */
  readonly network: string;
  readonly fingerprint: Fingerprint;
  /**
   * Instead of that network: the layers of Keras, one by one, of this weights file (null: of seeded weights).
   */
  readonly plain?: string | null | undefined;
  /** Of each image 224×224×3 bytes. */
  readonly images: readonly Uint8Array[];
  readonly warmUp: number;
  readonly timed: number;
}

/** What it measured. */
export interface EngineRound {
  readonly versions: Readonly<Record<string, string>>;
  /** From loading library and decoders to the features of the first image; undefined for plain layers. */
  readonly startMs: number | undefined;
  readonly imageMs: number;
  /** Resident after all images. */
  readonly rssBytes: number;
  /** Of `images`, in their order. */
  readonly features: readonly Float32Array[];
}

type Infer = (pixels: Uint8Array) => Promise<Float32Array>;

async function open(init: EngineInit): Promise<{ infer: Infer; versions: EngineRound['versions'] }> {
  if (init.plain !== undefined) {
    const { openPlainLayers } = await import('./plain-layers.ts');
    return { infer: await openPlainLayers(init.plain, init.tfjsNode ?? ''), versions: {} };
  }
  const network = await readFile(init.network);
  const { createExtractor } = await import('@verger/features');
  const { infer, versions = {} } = await createExtractor({ ...init, network });
  return { infer, versions };
}

async function measure(init: EngineInit): Promise<EngineRound> {
  const image = (at: number) => init.images[at % init.images.length]!;
  const begun = performance.now();
  const { infer, versions } = await open(init);
  await infer(image(0));
  const startMs = init.plain === undefined ? performance.now() - begun : undefined;
  for (let at = 0; at < init.warmUp; at += 1) await infer(image(at));
  const from = performance.now();
  for (let at = 0; at < init.timed; at += 1) await infer(image(at));
  const imageMs = (performance.now() - from) / init.timed;
  const rssBytes = process.memoryUsage.rss();
  const features: Float32Array[] = [];
  for (const pixels of init.images) features.push(await infer(pixels));
  return { versions, startMs, imageMs, rssBytes, features };
}

process.once('message', async (init: EngineInit) => {
  process.send?.(await measure(init), () => process.disconnect());
});
