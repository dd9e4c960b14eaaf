/** Draws the thumbnails of the page: canvases that name their tiles. */
import { TILE_PIXELS } from '../data/report-data.ts';
import type { Sprites } from './sprites.ts';

const WANTED = 'canvas[data-tile], canvas[data-tiles]';

/** Draws every thumbnail below an element that is not drawn yet, on the spot. */
export function drawThumbnails(root: ParentNode, sprites: Sprites): void {
  for (const canvas of root.querySelectorAll<HTMLCanvasElement>(WANTED)) drawOne(canvas, sprites);
}

/** Draws thumbnails when they come near the window, also those that are added later; gives what ends that. */
export function watchThumbnails(root: HTMLElement, sprites: Sprites): () => void {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        if (target instanceof HTMLCanvasElement) drawOne(target, sprites);
      }
    },
    { rootMargin: '400px' },
  );
  const watch = (parent: ParentNode) => {
    for (const canvas of parent.querySelectorAll(WANTED)) near.observe(canvas);
  };
  watch(root);
  const added = new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) if (node instanceof Element) watch(node);
    }
  });
  added.observe(root, { childList: true, subtree: true });
  return () => {
    added.disconnect();
    near.disconnect();
  };
}

function drawOne(canvas: HTMLCanvasElement, sprites: Sprites): void {
  const text = canvas.dataset['tile'] ?? canvas.dataset['tiles'];
  if (text === undefined || canvas.dataset['drawn'] === '') return;
  canvas.dataset['drawn'] = '';
  const context = canvas.getContext('2d');
  if (context === null) return;
  for (const [at, tile] of text.split(' ').entries()) {
    sprites.draw(context, Number(tile), { x: at * TILE_PIXELS, y: 0, size: TILE_PIXELS });
  }
}
