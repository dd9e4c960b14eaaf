import { markdownTable } from '@verger/testkit/built';

/** How far features are from others of the same images. */
export interface Parity {
  readonly maxAbs: number;
  readonly minCosine: number;
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** The largest difference of a feature, and the smallest cosine of an image. */
export function parityOf(seen: readonly Float32Array[], known: readonly Float32Array[]): Parity {
  let [maxAbs, minCosine] = [0, 1];
  for (const [at, a] of seen.entries()) {
    const b = known[at]!;
    for (const [feature, value] of a.entries()) maxAbs = Math.max(maxAbs, Math.abs(value - b[feature]!));
    minCosine = Math.min(minCosine, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)));
  }
  return { maxAbs, minCosine };
}

/** The table of all engines, against Keras where it is known and against the first one. */
export function parityText(
  engines: readonly { readonly name: string; readonly features: readonly Float32Array[] }[],
  keras: readonly Float32Array[] | undefined,
): string {
  const first = engines[0]?.features ?? [];
  const cells = (features: readonly Float32Array[], known: readonly Float32Array[]) => {
    const { maxAbs, minCosine } = parityOf(features, known);
    return [maxAbs.toExponential(1), (1 - minCosine).toExponential(0)];
  };
  const rows = engines.map(({ name, features }) => [
    name,
    ...(keras === undefined ? [] : cells(features, keras)),
    ...(features === first ? ['–', '–'] : cells(features, first)),
  ]);
  const of = (what: string) => [`largest difference, ${what}`, `largest 1 − cosine, ${what}`];
  const head = ['engine', ...(keras === undefined ? [] : of('Keras')), ...of('onnxruntime')];
  return markdownTable([head, ...rows], [1, 2, 3, 4]);
}
