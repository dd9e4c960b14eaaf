import sharp from 'sharp';
import { between, picture, type Random } from './kinds.ts';

/** The ways in which the good images are written from which bad ones are made. */
export const PHOTO_WAYS = [
  'jpeg',
  'progressive',
  'grey-jpeg',
  'png',
  'interlaced',
  'palette',
  'gif',
  'animated-gif',
  'webp',
  'lossless-webp',
  'alpha-webp',
  'animated-webp',
] as const;
export type PhotoWay = (typeof PHOTO_WAYS)[number];

/**
 * A good image of 40 to 72 pixels a side, another one for each state of `random`. The encoders are those of
 * the installed sharp.
 */
export async function photo(random: Random, way: PhotoWay): Promise<Uint8Array> {
  const width = between(random, 40, 72);
  const height = between(random, 20, 36) * 2;
  const channels = way === 'alpha-webp' ? 4 : way === 'grey-jpeg' ? 1 : 3;
  const data = picture(random, { width, height, channels });
  const pageHeight = way.startsWith('animated') ? { pageHeight: height / 2 } : {};
  const image = sharp(data, { raw: { width, height, channels, ...pageHeight } });
  switch (way) {
    case 'jpeg':
      return await image.jpeg().toBuffer();
    case 'progressive':
      return await image.jpeg({ progressive: true }).toBuffer();
    case 'grey-jpeg':
      return await image.toColourspace('b-w').jpeg().toBuffer();
    case 'png':
      return await image.png().toBuffer();
    case 'interlaced':
      return await image.png({ progressive: true }).toBuffer();
    case 'palette':
      return await image.png({ palette: true, colours: 16 }).toBuffer();
    case 'gif':
    case 'animated-gif':
      return await image.gif().toBuffer();
    case 'webp':
    case 'animated-webp':
      return await image.webp().toBuffer();
    case 'lossless-webp':
      return await image.webp({ lossless: true }).toBuffer();
    case 'alpha-webp':
      return await image.webp().toBuffer();
  }
}
