/**
 * Eight colours that stay apart with every kind of colour blindness: those of Okabe and Ito (2008), the
 * yellow darkened for white paper, in the order in which few of them differ most.
 */
const EIGHT = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#a89b00'];

/** Turns of the colour circle from one label to the next: the golden angle, so that neighbours differ. */
const GOLDEN = 0.381966;
/** Lightness of one label after the other, in OKLab. */
const LIGHTNESS = [0.58, 0.7, 0.46];
const CHROMA = 0.135;

/** A colour for each of so many labels, as #rrggbb. */
export function paletteOf(count: number): string[] {
  if (count <= EIGHT.length) return EIGHT.slice(0, count);
  return Array.from({ length: count }, (_, index) => {
    const turn = (index * GOLDEN + 0.07) % 1;
    return oklch(LIGHTNESS[index % LIGHTNESS.length] ?? 0.6, CHROMA, turn);
  });
}

/** A colour of OKLCH as sRGB (Ottosson 2020); what sRGB does not have is cut off. `turn`: 0 to 1. */
function oklch(lightness: number, chroma: number, turn: number): string {
  const a = chroma * Math.cos(2 * Math.PI * turn);
  const b = chroma * Math.sin(2 * Math.PI * turn);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
  const hex = linear.map((value) => {
    const clipped = Math.min(1, Math.max(0, value));
    const encoded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${hex.join('')}`;
}
