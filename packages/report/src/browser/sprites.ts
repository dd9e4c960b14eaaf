/** Thumbnails out of the sprites of a report. */
import { NONE_INDEX, SPRITE_COLUMNS, SPRITE_TILES, TILE_PIXELS } from '../data/report-data.ts';

/** Where a thumbnail goes on a canvas: a square. */
export interface TilePlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** The thumbnails of a page. */
export interface Sprites {
  /**
   * Draws a tile as a square; a plain mark for NONE_INDEX and for a sprite that cannot be decoded. A sprite
   * that is not decoded at this moment is drawn a little later, unless something else was drawn in its place.
   */
  draw(context: CanvasRenderingContext2D, tile: number, at: TilePlace): void;
}

/** Decoded sprites that are kept: 1 MB each. */
const MOST_DECODED = 48;

/** Opens the sprites; decodes the first ones, and the others when they are drawn. */
export async function openSprites(sprites: readonly Uint8Array[]): Promise<Sprites> {
  const decoded = new Map<number, ImageBitmap | 'broken'>();
  const decoding = new Map<number, Promise<void>>();
  /** Of each canvas and place the tile that was asked for last. */
  const wanted = new WeakMap<CanvasRenderingContext2D, Map<string, number>>();

  const decode = (place: number): Promise<void> => {
    const underWay = decoding.get(place);
    if (underWay !== undefined) return underWay;
    const started = bitmapOf(sprites[place]).then((picture) => {
      decoding.delete(place);
      decoded.set(place, picture);
      const [oldest] = decoded.keys();
      if (decoded.size <= MOST_DECODED || oldest === undefined) return;
      const old = decoded.get(oldest);
      decoded.delete(oldest);
      if (old !== 'broken') old?.close();
    });
    decoding.set(place, started);
    return started;
  };
  const draw: Sprites['draw'] = (context, tile, at) => {
    const places = wanted.get(context) ?? new Map<string, number>();
    wanted.set(context, places);
    const key = `${at.x} ${at.y}`;
    places.delete(key);
    const place = Math.floor(tile / SPRITE_TILES);
    if (tile === NONE_INDEX || place >= sprites.length) {
      drawMark(context, at);
      return;
    }
    const picture = decoded.get(place);
    if (picture === undefined) {
      places.set(key, tile);
      const later = () => {
        if (places.get(key) === tile) draw(context, tile, at);
      };
      decode(place).then(later, later);
    } else if (picture === 'broken') drawMark(context, at);
    else drawTile(context, picture, { tile, at });
  };
  await Promise.all(sprites.slice(0, MOST_DECODED).map((_, place) => decode(place)));
  return { draw };
}

async function bitmapOf(bytes: Uint8Array | undefined): Promise<ImageBitmap | 'broken'> {
  const blob = new Blob([(bytes ?? new Uint8Array()) as BlobPart], { type: 'image/webp' });
  return await createImageBitmap(blob).catch(() => 'broken' as const);
}

function drawTile(
  context: CanvasRenderingContext2D,
  picture: ImageBitmap,
  { tile, at: { x, y, size } }: { tile: number; at: TilePlace },
): void {
  const place = tile % SPRITE_TILES;
  // Half a pixel of its edge is left out: smoothing would mix in the tile beside it.
  const left = (place % SPRITE_COLUMNS) * TILE_PIXELS + 0.5;
  const top = Math.floor(place / SPRITE_COLUMNS) * TILE_PIXELS + 0.5;
  const side = TILE_PIXELS - 1;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, left, top, side, side, x, y, size, size);
}

/** What stands in place of a photograph that is gone. */
function drawMark(context: CanvasRenderingContext2D, { x, y, size }: TilePlace): void {
  context.save();
  context.strokeStyle = '#8a948d';
  context.lineWidth = Math.max(1, size / 48);
  context.strokeRect(x + 1.5, y + 1.5, size - 3, size - 3);
  context.beginPath();
  context.moveTo(x + size * 0.3, y + size * 0.7);
  context.lineTo(x + size * 0.7, y + size * 0.3);
  context.stroke();
  context.restore();
}
