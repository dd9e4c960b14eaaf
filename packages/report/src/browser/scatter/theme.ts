/** Colours of the canvas: those of the page, in light, dark and print. */
import { colour } from '../elements.ts';
import type { Rgb } from './oklab.ts';
import { PANEL, type Scheme } from './palette.ts';

/** What a canvas is drawn with. */
export interface Theme {
  readonly scheme: Scheme;
  readonly panel: Rgb;
  /** Lines of the ticks, and those of zero. */
  readonly grid: Rgb;
  readonly zero: Rgb;
  /** Points that are not meant. */
  readonly dim: Rgb;
  /** Colours of CSS. */
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  /** The font of the page, without its size. */
  readonly font: string;
  /** Height of letters: 12 CSS pixels, more for who reads with large ones. */
  readonly letters: number;
}

const GREYS: Readonly<Record<Scheme, Pick<Theme, 'grid' | 'zero' | 'dim'>>> = {
  light: { grid: [240, 243, 240], zero: [214, 220, 215], dim: [176, 184, 178] },
  dark: { grid: [35, 42, 38], zero: [56, 66, 60], dim: [82, 92, 86] },
};

/** The colours as they are now. Paper is light, whatever the screen is. */
export function themeNow({ isPrint }: { readonly isPrint: boolean }): Theme {
  const isDark = !isPrint && matchMedia('(prefers-color-scheme: dark)').matches;
  const scheme = isDark ? 'dark' : 'light';
  const css = isPrint
    ? { text: '#1b211d', muted: '#566059', accent: '#14663a' }
    : { text: colour('--text'), muted: colour('--muted'), accent: colour('--active') };
  const font = getComputedStyle(document.body).fontFamily || 'sans-serif';
  const letters = 0.75 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return { letters, scheme, panel: PANEL[scheme], ...GREYS[scheme], ...css, font };
}
