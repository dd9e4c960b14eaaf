/** The card of a point: its photograph, path, label and nearest labels. */
import { clip, printable } from '@verger/core';
import { NONE_INDEX } from '../../data/report-data.ts';
import { element } from '../elements.ts';
import type { Sprites } from '../sprites.ts';
import { type Model, nearestLabels, type Photograph, photographOf } from './model.ts';
import type { Scheme } from './palette.ts';
import { looksIn, type Scene } from './scene.ts';
import { swatch } from './swatch.ts';
import { type Frame, toScreen } from './view.ts';

/** CSS pixels of the picture. */
const PICTURE = 96;
/** A photograph is asked for once the pointer has rested for so long. */
const REST_MS = 150;
const MOST_PATH = 160;
const MOST_CAPTION = 80;

/** Where pictures come from. */
export interface Pictures {
  readonly sprites: Sprites;
  readonly photographUrl?: ((path: string) => string) | undefined;
}

/** A card over the canvases. */
export interface Card {
  readonly element: HTMLElement;
  /** Shows the current point of the scene, or nothing. */
  update(scene: Scene, at: { readonly frame: Frame; readonly scheme: Scheme }): void;
  destroy(): void;
}

/** Makes the card, hidden. */
export function openCard({ sprites, photographUrl }: Pictures): Card {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const caption = element('p', { class: 'scatter-other-picture' });
  const picture = element('div', { class: 'scatter-picture' }, [canvas, caption]);
  const words = element('div', { class: 'scatter-words' });
  const card = element('div', { class: 'scatter-card', hidden: true }, [picture, words]);
  let shown = -1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let image: HTMLImageElement | undefined;

  const forget = () => {
    clearTimeout(timer);
    image?.remove();
    image = undefined;
    picture.classList.remove('whole');
  };
  const askWhole = (path: string) => {
    if (photographUrl === undefined) return;
    timer = setTimeout(() => {
      const asked = element('img', { src: photographUrl(path), alt: '', referrerpolicy: 'no-referrer' });
      asked.addEventListener('load', () => {
        if (image !== asked) return;
        picture.classList.add('whole');
        picture.classList.remove('other');
        caption.hidden = true;
      });
      image = asked;
      picture.append(asked);
    }, REST_MS);
  };
  return {
    element: card,
    update: (scene, { frame, scheme }) => {
      const { current } = scene;
      card.hidden = current === -1;
      if (current === -1) {
        shown = -1;
        forget();
        return;
      }
      place(card, scene, frame);
      card.classList.toggle('pinned', scene.isPinned);
      if (current === shown) return;
      shown = current;
      forget();
      const photograph = photographOf(scene.model, current);
      drawTile(canvas, sprites, photograph.tile);
      caption.textContent = captionOf(scene.model, photograph);
      caption.hidden = photograph.isOwn;
      picture.classList.toggle('other', !photograph.isOwn);
      words.replaceChildren(...wordsOf(scene, scheme));
      askWhole(scene.model.points.paths[current] ?? '');
    },
    destroy: forget,
  };
}

/** Whose photograph it is, where it is not the point's own. */
function captionOf({ points }: Model, { tile, of, isOwn }: Photograph): string {
  if (isOwn) return '';
  if (tile === NONE_INDEX) return 'No picture of it here.';
  const path = of === undefined ? undefined : points.paths[of];
  const which = path === undefined ? 'another image of this label' : clip(printable(path), MOST_CAPTION);
  return `Not this image. Pictured: ${which}`;
}

/** Beside the point, on the side where there is more room. */
function place(card: HTMLElement, { plane, view, current }: Scene, frame: Frame): void {
  const { x, y } = toScreen(view, frame, { x: plane.x[current] ?? 0, y: plane.y[current] ?? 0 });
  const isRight = x < frame.left + frame.width / 2;
  const isBelow = y < frame.top + frame.height / 2;
  card.classList.toggle('below', isBelow);
  const { style } = card;
  style.left = isRight ? `${x + 18}px` : '';
  style.right = isRight ? '' : `calc(100% - ${x - 18}px)`;
  style.top = isBelow ? `${Math.max(4, y - 12)}px` : '';
  style.bottom = isBelow ? '' : `calc(100% - ${y + 12}px)`;
}

function drawTile(canvas: HTMLCanvasElement, sprites: Sprites, tile: number): void {
  const size = Math.round(PICTURE * devicePixelRatio);
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.clearRect(0, 0, size, size);
  sprites.draw(context, tile, { x: 0, y: 0, size });
}

function wordsOf(scene: Scene, scheme: Scheme): HTMLElement[] {
  const { model, current } = scene;
  const group = model.groups[current] ?? 0;
  const look = looksIn(scene, scheme)[group];
  const path = clip(printable(model.points.paths[current] ?? ''), MOST_PATH);
  const near = nearestLabels(model, current);
  const isOther = near[0] !== undefined && !near[0].isOwn && group < model.labels.length;
  const label = element('p', { class: 'scatter-label' }, [
    swatch(look),
    element('strong', { text: model.names[group] ?? '' }),
  ]);
  const list = near.map(({ name, isOwn: own }) => element('li', { class: own && 'own', text: name }));
  return [
    label,
    element('p', { class: 'mono', text: path }),
    ...(list.length === 0
      ? []
      : [
          element('p', { class: isOther ? 'scatter-other' : 'muted', text: nearHeading(isOther) }),
          element('ol', {}, list),
        ]),
  ];
}

const nearHeading = (isOther: boolean) => (isOther ? '⚠ Nearest to another label' : 'Nearest labels');
