import { INK, lineElement, POINT, textElement } from './svg.ts';
import { type Scale, tickText } from './ticks.ts';

/** The rectangle that data are drawn in, mm. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One axis: its numbers and its name. */
export interface Axis {
  readonly scale: Scale;
  readonly name: string;
}

/** Of tick labels and the legend: 7 pt. */
export const SMALL = 7 * POINT;
/** Of the names of axes: 8 pt. */
export const NORMAL = 8 * POINT;
const TICK = 1.2;
const LINE = 0.2;

/** From a number of a scale to millimetres. */
export function place({ low, high }: Scale, from: number, to: number): (value: number) => number {
  const factor = (to - from) / (high - low);
  return (value) => from + (value - low) * factor;
}

/** How much room the numbers of a vertical axis need beside it, mm. */
export function tickRoom(scale: Scale): number {
  const longest = Math.max(...scale.ticks.map((tick) => tickText(tick, scale).length));
  return longest * SMALL * 0.58 + TICK + 1;
}

/** Both axes with ticks and names: a frame around the area, ticks outside. */
export function axesElements(area: Area, x: Axis, y: Axis): string[] {
  const { left, top, right, bottom } = area;
  const toX = place(x.scale, left, right);
  const toY = place(y.scale, bottom, top);
  const stroke = { colour: INK, width: LINE };
  const frame =
    `<rect x="${round(left)}" y="${round(top)}" width="${round(right - left)}" ` +
    `height="${round(bottom - top)}" fill="none" stroke="${INK}" stroke-width="${LINE}"/>`;
  const elements = [frame];
  for (const tick of x.scale.ticks) {
    const at = toX(tick);
    elements.push(lineElement([at, bottom], [at, bottom + TICK], stroke));
    const text = tickText(tick, x.scale);
    elements.push(textElement(text, { x: at, y: bottom + TICK + SMALL, size: SMALL, anchor: 'middle' }));
  }
  for (const tick of y.scale.ticks) {
    const at = toY(tick);
    elements.push(lineElement([left - TICK, at], [left, at], stroke));
    const text = tickText(tick, y.scale);
    elements.push(
      textElement(text, { x: left - TICK - 0.7, y: at + SMALL * 0.36, size: SMALL, anchor: 'end' }),
    );
  }
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  elements.push(
    textElement(x.name, {
      x: middle.x,
      y: bottom + TICK + SMALL + NORMAL * 1.5,
      size: NORMAL,
      anchor: 'middle',
    }),
  );
  elements.push(
    textElement(y.name, {
      ...{ x: left - tickRoom(y.scale) - NORMAL * 0.6, y: middle.y },
      ...{ size: NORMAL, anchor: 'middle', upwards: true },
    }),
  );
  return elements;
}

/** Room below the area that `axesElements` needs, mm. */
export const AXIS_ROOM = TICK + SMALL + NORMAL * 1.9;

const round = (value: number) => String(Math.round(value * 100) / 100);
