/** Thumbnails out of the sprites of a report. */
import { NONE_INDEX, SPRITE_COLUMNS, SPRITE_TILES, TILE_PIXELS } from '../data/report-data.ts';

/** The thumbnails of a page. */
export interface Sprites {
  /** Draws a tile as a square; a plain mark for NONE_INDEX and for a sprite that cannot be decoded. */
  draw(context: CanvasRenderingContext2D, tile: number, at: { x: number; y: number; size: number }): void;
}

/** Decodes the sprites. */
export async function openSprites(sprites: readonly Uint8Array[]): Promise<Sprites> {
  const pictures = await Promise.all(
    sprites.map(async (bytes) => {
      const blob = new Blob([bytes as BlobPart], { type: 'image/webp' });
      return await createImageBitmap(blob).catch(() => undefined);
    }),
  );
  return {
    draw: (context, tile, { x, y, size }) => {
      const picture = tile === NONE_INDEX ? undefined : pictures[Math.floor(tile / SPRITE_TILES)];
      if (picture === undefined) return drawMark(context, { x, y, size });
      const place = tile % SPRITE_TILES;
      const left = (place % SPRITE_COLUMNS) * TILE_PIXELS;
      const top = Math.floor(place / SPRITE_COLUMNS) * TILE_PIXELS;
      context.drawImage(picture, left, top, TILE_PIXELS, TILE_PIXELS, x, y, size, size);
    },
  };
}

/** What stands in place of a photograph that is gone. */
function drawMark(
  context: CanvasRenderingContext2D,
  { x, y, size }: { x: number; y: number; size: number },
): void {
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
