/** The script of `report.html`: reads the embedded data and fills the places of the page. */
import { readEmbedded } from '../data/embed.ts';
import { mountScatter } from './scatter/mount-scatter.ts';
import { openSprites } from './sprites.ts';

async function start(): Promise<void> {
  const data = await readEmbedded(document.getElementById('data')?.textContent ?? '');
  const sprites = await openSprites(data.sprites);
  const place = document.getElementById('scatter');
  if (place !== null && data.points !== null) {
    const { labels, variance } = data.facts;
    mountScatter(place, { points: data.points, labels, sprites, variance });
  }
}

start().catch((error: unknown) => {
  const place = document.getElementById('trouble');
  if (place !== null) place.textContent = `The charts of this page cannot be drawn: ${String(error)}`;
});
