import { printable } from '@verger/core';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Text as it may stand in XML 1.0, between tags and in quoted attributes. Control characters are shown as
 * escapes, and what is no character at all (half a surrogate pair, U+FFFE) as U+FFFD.
 */
export function xmlText(text: string): string {
  return printable(text)
    .replace(/\p{Surrogate}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (letter) => ESCAPES[letter] ?? letter);
}

/** A coordinate in mm, to 0.01 mm, as short as it can be written. */
export function mm(value: number): string {
  const text = (Math.round(value * 100) / 100).toFixed(2).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text.replace(/^(-?)0\./, '$1.');
}

/** How a text is set. */
export interface TextStyle {
  /** Of its baseline, mm. */
  readonly x: number;
  readonly y: number;
  /** mm; 1 pt is 0.353 mm. */
  readonly size: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
  readonly bold?: boolean;
  /** Turned to the left by a quarter: reads upwards. */
  readonly upwards?: boolean;
}

/** One line of text. */
export function textElement(text: string, style: TextStyle): string {
  const { x, y, size, anchor = 'start', colour, bold = false, upwards = false } = style;
  const attributes = [
    `x="${mm(x)}" y="${mm(y)}" font-size="${mm(size)}"`,
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(upwards ? [`transform="rotate(-90 ${mm(x)} ${mm(y)})"`] : []),
  ];
  return `<text ${attributes.join(' ')}>${xmlText(text)}</text>`;
}

/** A straight line, mm. */
export function lineElement(
  from: readonly [number, number],
  to: readonly [number, number],
  { colour, width, dashes }: { readonly colour: string; readonly width: number; readonly dashes?: string },
): string {
  const dashed = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`;
  const path = `M${mm(from[0])} ${mm(from[1])}L${mm(to[0])} ${mm(to[1])}`;
  return `<path d="${path}" stroke="${colour}" stroke-width="${mm(width)}"${dashed} fill="none"/>`;
}

/** What a whole picture is made of. */
export interface Picture {
  /** mm */
  readonly width: number;
  readonly height: number;
  readonly background: 'none' | 'white';
  /** For those who do not see it, and for who finds the file later. */
  readonly title: string;
  readonly description: string;
  readonly elements: readonly string[];
}

/** An SVG file whose unit is the millimetre. Ends with a line end. */
export function svgFile({ width, height, background, title, description, elements }: Picture): string {
  const size = `width="${mm(width)}mm" height="${mm(height)}mm" viewBox="0 0 ${mm(width)} ${mm(height)}"`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" fill="${INK}">`,
    `<title>${xmlText(title)}</title>`,
    `<desc>${xmlText(description)}</desc>`,
    ...(background === 'white' ? ['<rect width="100%" height="100%" fill="#fff"/>'] : []),
    ...elements,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Of texts and axes. */
export const INK = '#222';
/** Of what stands back: marks, notes, the zero lines. */
export const QUIET = '#6b6b6b';
/** 1 pt in mm. */
export const POINT = 0.3528;
