/** Photographs under more labels than there are: names of our own, by hard links. */
import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { filesUnder } from '@verger/testkit/run-folder';

/** How many images and labels are wanted. */
export interface ManyLabels {
  readonly images: number;
  readonly labels: number;
}

/**
 * Links photographs of `source` (`<label>/<file>`) into `folder` under so many labels. A label of the source
 * becomes several (`Mango`, `Mango B`, …), each a window of its photographs: windows of one label overlap, so
 * some labels are hard to tell apart, and some photographs stand under two labels.
 */
export async function plantManyLabels(
  source: string,
  folder: string,
  { images, labels }: ManyLabels,
): Promise<void> {
  const kinds = new Map<string, string[]>();
  for (const file of filesUnder(source)) {
    const [kind = ''] = file.split('/');
    kinds.set(kind, [...(kinds.get(kind) ?? []), file]);
  }
  const names = [...kinds.keys()].sort();
  for (let at = 0; at < labels; at += 1) {
    const kind = names[at % names.length] ?? '';
    const round = Math.floor(at / names.length);
    const label = round === 0 ? kind : `${kind} ${String.fromCharCode(65 + round)}`;
    const files = kinds.get(kind) ?? [];
    const count = Math.floor(((at + 1) * images) / labels) - Math.floor((at * images) / labels);
    const start = Math.floor((files.length * round) / Math.ceil(labels / names.length));
    await mkdir(join(folder, label), { recursive: true });
    for (let one = 0; one < count; one += 1) {
      const file = files[(start + one) % files.length] ?? '';
      const name = file.slice(file.lastIndexOf('/') + 1);
      const lap = Math.floor(one / files.length);
      const copy = lap === 0 ? name : name.replace(/(\.\w+)$/, `-${lap}$1`);
      await link(join(source, file), join(folder, label, copy));
    }
  }
}
