import { createHash } from 'node:crypto';
import { DEFAULT_MAX_PIXELS, type Fingerprint, type Pixels, sha256, VergerError } from '@verger/core';
import { decodeImage } from '../decode/decode-image.ts';
import { type ImageHeader, readImageHeader } from '../decode/image-header.ts';
import { decodeRaw } from '../decode/sharp.ts';
import { decodeSmallJpeg } from '../decode/small-jpeg.ts';
import type { Engine } from '../engines/engine.ts';
import { releaseVersion } from '../network/engine.ts';
import { float32Bytes } from '../network/onnx-model.ts';
import { PROBE_IMAGES, type ProbeImage } from './probe-images.ts';

/** The pixels of a probe image. Errors: E_NUMERIC_CLASS when they are not the known ones. */
export async function probePixels(probe: ProbeImage): Promise<Pixels> {
  const result = await decodeImage(Buffer.from(probe.file, 'base64'));
  const seen = result.ok ? sha256(result.pixels) : result.code;
  if (!result.ok || seen !== probe.pixelsSha256) {
    const detail = `The ${probe.format} probe decodes to ${seen}, not to ${probe.pixelsSha256}.`;
    throw new VergerError('E_NUMERIC_CLASS', {}, { detail });
  }
  return result.pixels;
}

/**
 * The probes are small: their JPEG is not decoded by the library that decodes large ones, so that one is
 * asked, too.
 */
async function checkLargeDecoder(): Promise<void> {
  for (const { file, format } of PROBE_IMAGES) {
    if (format !== 'jpeg') continue;
    const bytes = Buffer.from(file, 'base64');
    const small = await decodeSmallJpeg(bytes, readImageHeader(bytes, format) as ImageHeader);
    const { data } = await decodeRaw(bytes, { kind: 'rgb', maxPixels: DEFAULT_MAX_PIXELS });
    if (small !== undefined && Buffer.compare(small, data) === 0) continue;
    const detail = 'The two JPEG decoders give different pixels.';
    throw new VergerError('E_NUMERIC_CLASS', {}, { detail });
  }
}

/**
 * What makes features bit-identical (docs/architecture.md, Numbers): 16 hexadecimal characters of a digest
 * over release, engine, architecture, calibration, and the pixels and feature bits of the three probes. Cost:
 * three images. Errors: E_NUMERIC_CLASS.
 */
export async function numericClassOf(
  infer: (pixels: Pixels) => Promise<Float32Array>,
  {
    engine: { name, version },
    fingerprint: { calibrationSha256 },
  }: {
    readonly engine: Pick<Engine, 'name' | 'version'>;
    readonly fingerprint: Pick<Fingerprint, 'calibrationSha256'>;
  },
): Promise<string> {
  // onnxruntime is named by its version alone, as it was while there was no other engine.
  const engine = name === 'onnxruntime' ? version : `${name} ${version}`;
  const digest = createHash('sha256');
  await checkLargeDecoder();
  digest.update(JSON.stringify([releaseVersion(), engine, process.arch]));
  if (calibrationSha256 !== undefined) digest.update(calibrationSha256);
  for (const probe of PROBE_IMAGES) {
    const pixels = await probePixels(probe);
    digest.update(pixels).update(float32Bytes(await infer(pixels)));
  }
  return digest.digest('hex').slice(0, 16);
}
