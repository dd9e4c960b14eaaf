import { VergerError } from '@verger/core';
import type { Dataset, File, Group } from 'h5wasm';
import { hdf5FileBytes } from './hdf5.ts';
import { expectedArrays, type KerasWeights } from './keras-weights.ts';

// The default build keeps its files in memory; `h5wasm/node` would write the bytes to the real disk.
/** The HDF5 library, compiled. Cost: 0.3 s the first time. */
async function loadHdf5() {
  const hdf5 = await import('h5wasm');
  await hdf5.ready;
  return hdf5;
}

const corrupt = (detail: string, cause?: unknown) =>
  new VergerError('E_WEIGHTS_CORRUPT', {}, cause === undefined ? { detail } : { detail, cause });
const misshapen = (detail: string) => new VergerError('E_WEIGHTS_SHAPE', {}, { detail });
const shown = (shape: readonly number[]) => `[${shape.join(', ')}]`;

function stringList(group: Group, name: string): string[] | undefined {
  const value = group.attrs[name]?.value;
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

const isGroup = (entity: unknown): entity is Group =>
  typeof entity === 'object' && entity !== null && 'type' in entity && entity.type === 'Group';
const isDataset = (entity: unknown): entity is Dataset =>
  typeof entity === 'object' && entity !== null && 'type' in entity && entity.type === 'Dataset';

/** The data set of a layer whose last name is `array`, with or without TensorFlow's `:0`. */
function findDataset(file: Group, layer: string, array: string): Dataset | undefined {
  const group = file.get(layer);
  if (!isGroup(group)) return undefined;
  const names = stringList(group, 'weight_names') ?? [];
  const name = names.find((full) => full.replace(/:\d+$/, '').split('/').at(-1) === array);
  const found = name === undefined ? undefined : group.get(name);
  return isDataset(found) ? found : undefined;
}

function readArray(
  dataset: Dataset,
  wanted: { key: string; shape: readonly number[]; size: number },
): Float32Array {
  const shape = dataset.shape ?? [];
  if (shown(shape) !== shown(wanted.shape)) {
    const expected = `MobileNetV2 1.0/224 has ${shown(wanted.shape)}`;
    throw misshapen(`${wanted.key} has the shape ${shown(shape)} where ${expected}.`);
  }
  const value = dataset.value;
  if (!(value instanceof Float32Array || value instanceof Float64Array))
    throw misshapen(`${wanted.key} holds ${String(dataset.dtype)}, not floating point numbers.`);
  if (value.length !== wanted.size)
    throw corrupt(`${wanted.key} has ${value.length} of ${wanted.size} values.`);
  if (!value.every(Number.isFinite)) throw corrupt(`${wanted.key} holds values that are not finite.`);
  return new Float32Array(value);
}

function readLayers(file: File): KerasWeights {
  const root = isGroup(file.get('model_weights')) ? (file.get('model_weights') as Group) : file;
  const layers = stringList(root, 'layer_names');
  if (layers === undefined)
    throw misshapen("It has no layer_names: it is not a file in Keras' .h5 weights layout.");
  const arrays = new Map<string, Float32Array>();
  for (const wanted of expectedArrays()) {
    const dataset = findDataset(root, wanted.layer, wanted.key.slice(wanted.layer.length + 1));
    if (dataset === undefined) {
      const has = layers.includes(wanted.layer) ? 'lacks that array' : `has ${layers.length} other layers`;
      throw misshapen(`${wanted.key} ${shown(wanted.shape)} is missing; the file ${has}.`);
    }
    arrays.set(wanted.key, readArray(dataset, wanted));
  }
  return arrays;
}

let opened = 0;

/**
 * The weights in a Keras .h5 file (legacy layout: root attribute `layer_names`, a group a layer with
 * `weight_names`), by layer name. A file with top reads the same; its last layer is not looked at. A saved
 * model's `model_weights` group is found too. Cost: 0.1 s (0.5 s the first time, which compiles the HDF5
 * library), and the file twice in memory. Errors: E_WEIGHTS_CORRUPT (cut short, not HDF5, not finite),
 * E_WEIGHTS_SHAPE.
 */
export async function readKerasWeights(bytes: Uint8Array): Promise<KerasWeights> {
  const stated = hdf5FileBytes(bytes);
  if (stated === undefined) throw corrupt('It is not an HDF5 file.');
  if (bytes.length < stated) throw corrupt(`It was cut short: ${bytes.length} of ${stated} bytes are there.`);
  const hdf5 = await loadHdf5();
  const { FS } = await hdf5.ready;
  opened += 1;
  const name = `/weights-${opened}.h5`;
  FS.writeFile(name, bytes);
  let file: File | undefined;
  try {
    file = new hdf5.File(name, 'r');
    return readLayers(file);
  } catch (error) {
    if (error instanceof VergerError) throw error;
    throw corrupt('Its HDF5 structure cannot be read.', error);
  } finally {
    file?.close();
    FS.unlink(name);
  }
}
