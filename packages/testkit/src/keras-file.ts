import type { Group } from 'h5wasm';

/** One array as a Keras .h5 file holds it. */
export interface KerasArray {
  readonly layer: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Float32Array;
}

let written = 0;

/**
 * A weights file in Keras' legacy layout, for tests. `suffix` ends each weight's name, `within` puts all into
 * a group as a saved model does, `layerNames: false` leaves the root attribute out.
 */
export async function kerasFile(
  arrays: readonly KerasArray[],
  options: { readonly suffix?: string; readonly within?: string; readonly layerNames?: boolean } = {},
): Promise<Uint8Array> {
  const { suffix = ':0', within, layerNames = true } = options;
  const hdf5 = await import('h5wasm');
  const { FS } = await hdf5.ready;
  written += 1;
  const path = `/written-${written}.h5`;
  // As h5py does it: what Keras writes has a superblock of version 0.
  const file = new hdf5.File(path, 'w', { track_order: false, libver: ['earliest', 'latest'] });
  const root: Group = within === undefined ? file : file.create_group(within);
  const layers = [...new Set(arrays.map(({ layer }) => layer))];
  if (layerNames) root.create_attribute('layer_names', layers);
  for (const layer of layers) {
    const group = root.create_group(layer);
    const inner = group.create_group(layer);
    const own = arrays.filter((array) => array.layer === layer);
    group.create_attribute(
      'weight_names',
      own.map(({ name }) => `${layer}/${name}${suffix}`),
    );
    for (const { name, shape, data } of own)
      inner.create_dataset({ name: `${name}${suffix}`, data, shape: [...shape], dtype: '<f' });
  }
  file.close();
  const bytes = FS.readFile(path).slice();
  FS.unlink(path);
  return bytes;
}
