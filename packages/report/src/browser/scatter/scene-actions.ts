/** What the actions do to a scene, and which parts of the page then change. */
import type { Actions } from './actions.ts';
import { type Measured, measured } from './measured.ts';
import { isShown, planeOf, type Scene } from './scene.ts';
import { revealing } from './view.ts';
import { pointWords } from './words.ts';

/** The parts of the page, as far as actions change them. */
export interface Display {
  /** Canvases, legend and card, at once. */
  showAll(): void;
  /** The canvases, with the next frame. */
  request(name: Measured): void;
  /** The mark of the current point and its card. */
  showPoint(): void;
  /** The list of chosen paths. */
  showChosen(): void;
  /** Brings that list into view, and the focus to it. */
  showList(): void;
  /** Controls, the name of the canvas, and what a finger does on it. */
  showControls(): void;
  /** Says something to who does not see. */
  say(words: string): void;
}

/** The actions on a scene. */
export function sceneActions(scene: Scene, display: Display): Actions {
  const setView: Actions['setView'] = (view) => {
    scene.view = view;
    display.showControls();
    display.showPoint();
    display.request('verger:frame');
  };
  return {
    setView,
    show: (shown) =>
      measured('verger:filter', () => {
        scene.shown = shown;
        scene.emphasis = -1;
        if (scene.current !== -1 && !isShown(scene, scene.current)) scene.current = -1;
        display.showAll();
      }),
    emphasise: (group) => {
      if (group === scene.emphasis) return;
      scene.emphasis = group;
      display.request('verger:filter');
    },
    point: (point, { isPinned, isSaid }) => {
      const isSame = point === scene.current && isPinned === scene.isPinned;
      scene.current = point;
      scene.isPinned = isPinned && point !== -1;
      if (isSaid) display.say(pointWords(scene));
      if (isSame) return;
      if (isSaid) reveal(scene, setView);
      display.showPoint();
    },
    choose: (inside) => {
      scene.chosen = inside === null || inside.length === 0 ? null : chosenOf(scene, inside);
      // One lasso at a time: the next drag moves the picture again.
      scene.isLasso = false;
      display.showChosen();
      display.showControls();
      display.request('verger:filter');
    },
    showList: display.showList,
    setAxes: (axes) => {
      scene.axes = axes;
      scene.plane = planeOf(scene.model, axes);
      scene.current = -1;
      setView(scene.plane.whole);
    },
    setLasso: (isLasso) => {
      scene.isLasso = isLasso;
      display.showControls();
    },
  };
}

function chosenOf({ model }: Scene, points: readonly number[]): Scene['chosen'] {
  const marks = new Uint8Array(model.points.count);
  for (const point of points) marks[point] = 1;
  return { points, marks };
}

/** Moves the view where it cuts off the current point. */
function reveal({ current, plane, view }: Scene, setView: Actions['setView']): void {
  if (current === -1) return;
  const next = revealing(view, plane.whole, { x: plane.x[current] ?? 0, y: plane.y[current] ?? 0 });
  if (next.x0 !== view.x0 || next.y0 !== view.y0) setView(next);
}
