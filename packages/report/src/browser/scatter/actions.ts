/** What the parts of a scatter ask for; `mountScatter` does it and draws. */
import type { Scene } from './scene.ts';
import type { View } from './view.ts';
import type { Shown } from './visibility.ts';

/** How a point became the current one. */
export interface PointedBy {
  /** The card stays where the pointer leaves. */
  readonly isPinned: boolean;
  /** The line for screen readers says it: of the keyboard, and of what was pinned. */
  readonly isSaid: boolean;
}

/** Changes of a scene, each with its drawing. */
export interface Actions {
  /** Shows and hides labels. */
  show(shown: Shown): void;
  /** Brings a group to the front; -1: none. */
  emphasise(group: number): void;
  /** Shows the card of a point; -1: none. */
  point(point: number, by: PointedBy): void;
  /** Takes the points of a lasso; null or no point: none. */
  choose(points: readonly number[] | null): void;
  /** Goes to the list of those. */
  showList(): void;
  setView(view: View): void;
  setAxes(axes: Scene['axes']): void;
  /** Whether a drag draws a lasso. */
  setLasso(isLasso: boolean): void;
}
