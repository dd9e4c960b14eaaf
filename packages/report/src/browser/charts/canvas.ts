import { element } from '../elements.ts';

/** Gives a canvas that size in CSS pixels at the screen's resolution; its context draws in CSS pixels. */
export function fitCanvas(
  canvas: HTMLCanvasElement,
  { width, height }: { width: number; height: number },
): CanvasRenderingContext2D {
  const ratio = ratioOf();
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no canvas');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Device pixels per CSS pixel, at most 3. */
export function ratioOf(): number {
  return Math.min(3, Math.max(1, devicePixelRatio));
}

/** A colour of the style as a pixel of an ImageData: little-endian RGBA. */
export function pixelOf(cssColour: string): number {
  const context = element('canvas', { width: 1, height: 1 }).getContext('2d');
  if (context === null) return 0xff000000;
  context.fillStyle = cssColour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A pixel between two: `share` of the second. */
export function mixed(first: number, second: number, share: number): number {
  const channel = (shift: number) => {
    const [from, to] = [(first >>> shift) & 255, (second >>> shift) & 255];
    return Math.round(from + (to - from) * share) << shift;
  };
  return (0xff000000 | channel(16) | channel(8) | channel(0)) >>> 0;
}

/** A pixel as CSS has it. */
export function cssOf(pixel: number): string {
  return `rgb(${pixel & 255} ${(pixel >>> 8) & 255} ${(pixel >>> 16) & 255})`;
}

/** Fills a rectangle of device pixels, cut to the picture. */
export function fillPixels(
  pixels: Uint32Array,
  picture: { readonly width: number; readonly height: number },
  { x0, y0, x1, y1, pixel }: { x0: number; y0: number; x1: number; y1: number; pixel: number },
): void {
  const left = Math.max(0, x0);
  const right = Math.min(picture.width, x1);
  if (left >= right) return;
  for (let y = Math.max(0, y0); y < Math.min(picture.height, y1); y += 1) {
    pixels.fill(pixel, y * picture.width + left, y * picture.width + right);
  }
}

/** Calls back with the width of an element, at once and when it changes; gives what ends that. */
export function onWidth(place: HTMLElement, changed: (width: number) => void): () => void {
  let last = 0;
  const look = () => {
    const width = Math.floor(place.clientWidth);
    if (width === last || width === 0) return;
    last = width;
    changed(width);
  };
  look();
  const observer = new ResizeObserver(look);
  observer.observe(place);
  return () => observer.disconnect();
}

/** Does something once per frame however often it is asked for. `verger:frame` measures it. */
export function oncePerFrame(draw: () => void): { ask: () => void; now: () => void; end: () => void } {
  let asked: number | undefined;
  const now = () => {
    if (asked !== undefined) cancelAnimationFrame(asked);
    asked = undefined;
    measured('verger:frame', draw);
  };
  return {
    now,
    ask: () => {
      asked ??= requestAnimationFrame(now);
    },
    end: () => {
      if (asked !== undefined) cancelAnimationFrame(asked);
      asked = undefined;
    },
  };
}

let notes = 0;

/** Does something and notes in the page how long it took. */
export function measured<T>(name: 'verger:hover' | 'verger:filter' | 'verger:frame', what: () => T): T {
  const start = performance.now();
  try {
    return what();
  } finally {
    // A page that is open for days must not keep them all.
    notes += 1;
    if (notes % 1000 === 0) performance.clearMeasures(name);
    performance.measure(name, { start, end: performance.now() });
  }
}
