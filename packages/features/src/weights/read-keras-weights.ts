import { VergerError } from '@verger/core';
import { Dataset, File, Group } from 'jsfive';
import { hdf5FileBytes } from './hdf5.ts';
import { hdf5Fault } from './hdf5-bounds.ts';
import { expectedArrays, type KerasWeights } from './keras-weights.ts';

/** Keras' file is 9 MB, one with its head 14 MB; a saved model with its optimiser three times that. */
const MAX_BYTES = 256 * 2 ** 20;
/** Names in a path to an array; Keras has two. */
const MAX_DEPTH = 8;

const corrupt = (detail: string, cause?: unknown) =>
  new VergerError('E_WEIGHTS_CORRUPT', {}, cause === undefined ? { detail } : { detail, cause });
const misshapen = (detail: string) => new VergerError('E_WEIGHTS_SHAPE', {}, { detail });
const shown = (shape: readonly number[]) => `[${shape.join(', ')}]`;

/** A list of names; h5py pads those of equal length with NUL. */
function stringList(group: Group, name: string): string[] | undefined {
  const value = group.attrs[name];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return undefined;
  return value.map((item) => item.replace(/\0+$/, ''));
}

/** What a group has under a path, if anything. */
function entityAt(group: Group, path: string): Group | Dataset | undefined {
  const [first = '', ...rest] = path.split('/');
  if (rest.length >= MAX_DEPTH || !group.keys.includes(first)) return undefined;
  const entity = group.get(first);
  if (rest.length === 0) return entity;
  return entity instanceof Group ? entityAt(entity, rest.join('/')) : undefined;
}

/** The data set of a layer's group whose last name is `array`, with or without TensorFlow's `:0`. */
function findDataset(group: Group | Dataset | undefined, array: string): Dataset | undefined {
  if (!(group instanceof Group)) return undefined;
  const names = stringList(group, 'weight_names') ?? [];
  const name = names.find((full) => full.replace(/:\d+$/, '').split('/').at(-1) === array);
  const found = name === undefined ? undefined : entityAt(group, name);
  return found instanceof Dataset ? found : undefined;
}

/** A loop: `every` takes five times as long for the 2 million values. */
function areFinite(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at += 1) if (!Number.isFinite(values[at])) return false;
  return true;
}

function readArray(
  dataset: Dataset,
  wanted: { key: string; shape: readonly number[]; size: number },
): Float32Array {
  const { shape, dtype } = dataset;
  if (shown(shape) !== shown(wanted.shape)) {
    const expected = `MobileNetV2 1.0/224 has ${shown(wanted.shape)}`;
    throw misshapen(`${wanted.key} has the shape ${shown(shape)} where ${expected}.`);
  }
  if (typeof dtype !== 'string' || !/^[<>|=]?f[48]$/.test(dtype))
    throw misshapen(`${wanted.key} holds ${String(dtype)}, not floating point numbers.`);
  const value = new Float32Array(dataset.value);
  if (value.length !== wanted.size)
    throw corrupt(`${wanted.key} has ${value.length} of ${wanted.size} values.`);
  if (!areFinite(value)) throw corrupt(`${wanted.key} holds values that are not finite.`);
  return value;
}

function readLayers(file: File): KerasWeights {
  const saved = entityAt(file, 'model_weights');
  const root = saved instanceof Group ? saved : file;
  const layers = stringList(root, 'layer_names');
  if (layers === undefined)
    throw misshapen("It has no layer_names: it is not a file in Keras' .h5 weights layout.");
  const arrays = new Map<string, Float32Array>();
  let at: { layer: string; group: Group | Dataset | undefined } | undefined;
  for (const wanted of expectedArrays()) {
    const { layer } = wanted;
    // The arrays of a layer follow each other.
    if (at?.layer !== layer) at = { layer, group: entityAt(root, layer) };
    const dataset = findDataset(at.group, wanted.key.slice(layer.length + 1));
    if (dataset === undefined) {
      const has = layers.includes(wanted.layer) ? 'lacks that array' : `has ${layers.length} other layers`;
      throw misshapen(`${wanted.key} ${shown(wanted.shape)} is missing; the file ${has}.`);
    }
    arrays.set(wanted.key, readArray(dataset, wanted));
  }
  return arrays;
}

/**
 * The weights in a Keras .h5 file (legacy layout: root attribute `layer_names`, a group a layer with
 * `weight_names`), by layer name. A file with top reads the same; its last layer is not looked at. A saved
 * model's `model_weights` group is found too. Cost: 0.1 s, and the file twice in memory. Errors:
 * E_WEIGHTS_CORRUPT (cut short, not HDF5, more to read than Keras' files have, not finite), E_WEIGHTS_SHAPE.
 */
export async function readKerasWeights(bytes: Uint8Array): Promise<KerasWeights> {
  if (bytes.length > MAX_BYTES) throw corrupt(`It has ${bytes.length} bytes, more than ${MAX_BYTES}.`);
  const stated = hdf5FileBytes(bytes);
  if (stated === undefined) throw corrupt('It is not an HDF5 file.');
  if (bytes.length < stated) throw corrupt(`It was cut short: ${bytes.length} of ${stated} bytes are there.`);
  const fault = hdf5Fault(bytes);
  if (fault !== undefined) throw corrupt(`It has ${fault}, which no weights file of Keras has.`);
  // What jsfive would say has names from the file in it. Nothing else runs meanwhile.
  const { warn } = console;
  console.warn = () => {};
  try {
    return readLayers(new File(new Uint8Array(bytes).buffer, 'weights.h5'));
  } catch (error) {
    if (error instanceof VergerError) throw error;
    throw corrupt('Its HDF5 structure cannot be read.', error);
  } finally {
    console.warn = warn;
  }
}
