import { type ImageErrorCode, type Pixels, VergerError } from '@verger/core';
import { createCalibrator, decodeImage, featuresInRange } from '@verger/features';
import type { ChildCalls, ChildRequest, ChildResponse, MeasuredImage } from './protocol.ts';

/**
 * All that a child for calibration does: decodes images and measures them with the float32 network. Cost: 9 ms
 * per image. Errors: E_INTERNAL for any other request.
 */
export async function createMeasurer(network: Uint8Array) {
  const calibrator = await createCalibrator(network);
  let pixels: Pixels | undefined;
  const measureOne = async (
    bytes: Uint8Array,
    limits: ChildCalls['measure']['request']['limits'],
  ): Promise<MeasuredImage | ImageErrorCode> => {
    const decoded = await decodeImage(bytes, pixels, limits);
    if (!decoded.ok) return decoded.code;
    pixels = decoded.pixels;
    const image = await calibrator.measure(pixels);
    return featuresInRange(image.features) ? image : 'E_IMG_FEATURES';
  };
  const answer = async (request: ChildRequest): Promise<ChildResponse> => {
    if (request.kind !== 'measure')
      throw new VergerError('E_INTERNAL', {}, { detail: `A child that calibrates does no ${request.kind}.` });
    const measured: (MeasuredImage | ImageErrorCode)[] = [];
    for (const bytes of request.images) measured.push(await measureOne(bytes, request.limits));
    return measured;
  };
  return { answer, calibrator };
}
