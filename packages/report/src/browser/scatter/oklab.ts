/**
 * Colours in OKLab, where distance is what an eye sees. Source: Björn Ottosson, "A perceptual color space",
 * 2020.
 */

/** Lightness 0–1, and two axes of colour. */
export type Lab = readonly [number, number, number];

/** Red, green and blue of sRGB, 0–255. */
export type Rgb = readonly [number, number, number];

/** A colour by lightness 0–1, chroma 0–0.37 and hue in degrees. */
export function labOf(lightness: number, chroma: number, hue: number): Lab {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

/** The same in sRGB; undefined where no screen shows it. */
export function rgbOf([lightness, a, b]: Lab): Rgb | undefined {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  if (linear.some((value) => value < -1e-4 || value > 1 + 1e-4)) return undefined;
  const [red = 0, green = 0, blue = 0] = linear.map((value) => Math.round(255 * encoded(value)));
  return [red, green, blue];
}

function encoded(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

/** How far apart two colours look: about 0.02 is just seen. */
export function labDistance(one: Lab, other: Lab): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

/** Contrast of two colours by WCAG 2: from 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
