/** What moves with the pointer: the mark of a point, and the lasso. */
import { looksIn, type Scene } from './scene.ts';
import type { Theme } from './theme.ts';
import { type Frame, type Place, toScreen } from './view.ts';

/** Draws it on a cleared canvas, whose unit is the CSS pixel. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  { scene, frame, theme, lasso }: { scene: Scene; frame: Frame; theme: Theme; lasso: readonly Place[] },
): void {
  const { current, plane, view, model } = scene;
  context.save();
  context.beginPath();
  context.rect(frame.left, frame.top, frame.width, frame.height);
  context.clip();
  if (lasso.length > 1) drawLasso(context, lasso, theme);
  if (current !== -1) {
    const at = toScreen(view, frame, { x: plane.x[current] ?? 0, y: plane.y[current] ?? 0 });
    const look = looksIn(scene, theme.scheme)[model.groups[current] ?? 0];
    drawMark(context, { at, colour: `rgb(${look?.rgb.join(' ') ?? ''})`, isPinned: scene.isPinned, theme });
  }
  context.restore();
}

function drawMark(
  context: CanvasRenderingContext2D,
  { at, colour, isPinned, theme }: { at: Place; colour: string; isPinned: boolean; theme: Theme },
): void {
  const ring = (radius: number, width: number, style: string) => {
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  };
  context.beginPath();
  context.arc(at.x, at.y, 4.5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  ring(6, 3, `rgb(${theme.panel.join(' ')})`);
  ring(8, 2, theme.text);
  if (isPinned) ring(12, 1.5, theme.text);
}

function drawLasso(context: CanvasRenderingContext2D, lasso: readonly Place[], theme: Theme): void {
  context.beginPath();
  for (const { x, y } of lasso) context.lineTo(x, y);
  context.closePath();
  context.globalAlpha = 0.12;
  context.fillStyle = theme.accent;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.strokeStyle = theme.accent;
  context.stroke();
}
