import { element } from '../elements.ts';
import type { Look } from './palette.ts';

/** A spot in a label's colour and shape. */
export function swatch(look: Look | undefined): HTMLElement {
  const made = element('span', { 'aria-hidden': 'true' });
  paintSwatch(made, look);
  return made;
}

/** Gives a spot another label's colour and shape. */
export function paintSwatch(spot: HTMLElement, look: Look | undefined): void {
  spot.className = `scatter-swatch ${look?.shape ?? 'circle'}`;
  spot.style.backgroundColor = `rgb(${look?.rgb.join(' ') ?? '128 128 128'})`;
}
