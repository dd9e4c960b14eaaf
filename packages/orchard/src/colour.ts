/** A colour as `#rrggbb`. */
export type Colour = `#${string}`;

/** How one view's light changes every colour of it. */
export interface Tint {
  /** Degrees on the colour circle. */
  readonly hue: number;
  /** Factor of the saturation. */
  readonly saturation: number;
  /** Factor of the lightness. */
  readonly lightness: number;
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** Hue in degrees, saturation and lightness in [0, 1]. https://www.w3.org/TR/css-color-4/#rgb-to-hsl */
function toHsl(colour: Colour): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map(
    (at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255,
  );
  const max = Math.max(red, green, blue);
  const min = Math.min(red, green, blue);
  const range = max - min;
  const lightness = (max + min) / 2;
  if (range === 0) return [0, 0, lightness];
  const saturation = range / (1 - Math.abs(2 * lightness - 1));
  if (max === red) return [60 * ((green - blue) / range), saturation, lightness];
  if (max === green) return [60 * ((blue - red) / range + 2), saturation, lightness];
  return [60 * ((red - green) / range + 4), saturation, lightness];
}

/** https://www.w3.org/TR/css-color-4/#hsl-to-rgb */
function fromHsl(hue: number, saturation: number, lightness: number): Colour {
  const channel = (offset: number) => {
    const k = (((offset + hue / 30) % 12) + 12) % 12;
    const value =
      lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(clamp(value) * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** The colour as it looks in a view's light. */
export function tinted(colour: Colour, tint: Tint): Colour {
  const [hue, saturation, lightness] = toHsl(colour);
  return fromHsl(hue + tint.hue, clamp(saturation * tint.saturation), clamp(lightness * tint.lightness));
}

/** Between two colours, channel by channel: 0 is the first, 1 the second. */
export function mixed(first: Colour, second: Colour, share: number): Colour {
  const channels = [1, 3, 5].map((at) => {
    const from = Number.parseInt(first.slice(at, at + 2), 16);
    const to = Number.parseInt(second.slice(at, at + 2), 16);
    return Math.round(from + (to - from) * share)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${channels.join('')}`;
}
