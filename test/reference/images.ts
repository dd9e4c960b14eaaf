import { readFile } from 'node:fs/promises';
import { sharedFile } from '@verger/testkit/shared';
import { z } from 'zod';

const entries = z.array(z.object({ path: z.string(), pixels_sha256: z.string() }));
const referenceSchema = z.object({ fruit: entries, odd: entries });

/**
 * One reference image: where its file is, the digest of Pillow's pixels, and Keras' features (float32
 * [1280]).
 */
export interface ReferenceImage {
  readonly name: string;
  readonly file: string;
  readonly pixelsSha256: string;
  readonly features: Float32Array;
}

async function float32File(path: string): Promise<Float32Array> {
  const bytes = await readFile(sharedFile(path));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** The 48 fruit and 19 odd images of the shared folder, in its order. */
export async function referenceImages(): Promise<ReferenceImage[]> {
  const text = await readFile(sharedFile('reference/reference.json'), 'utf8');
  const { fruit, odd } = referenceSchema.parse(JSON.parse(text));
  const groups = [
    {
      list: fruit,
      folder: 'data/fruits-360/Test',
      features: await float32File('reference/fruit_features.f32'),
    },
    { list: odd, folder: 'reference/odd', features: await float32File('reference/odd_features.f32') },
  ];
  return groups.flatMap(({ list, folder, features }) =>
    list.map(({ path, pixels_sha256: pixelsSha256 }, index) => ({
      name: path,
      file: sharedFile(`${folder}/${path}`),
      pixelsSha256,
      features: features.subarray(index * 1280, (index + 1) * 1280),
    })),
  );
}
