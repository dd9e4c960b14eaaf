import { NEAREST_KEPT, NONE_INDEX } from './report-data.ts';
import type { ComparedPartition, RowRef } from './rows.ts';
import { Top } from './top.ts';

/** Rows by own label and label of the nearest centroid. */
export interface Mistakes {
  /** [own, nearest, count], counts of 0 left out, by own and nearest. */
  readonly cells: readonly (readonly [number, number, number])[];
  /** Some rows of a cell off the diagonal: the surest mistakes first. */
  rowsOf(own: number, nearest: number): readonly RowRef[];
}

/** Rows of a cell that are kept. */
const ROWS_OF_A_CELL = 4;
/** Cells whose rows are kept: of 20,000 labels mistaken for each other only counts are. */
const MOST_CELLS = 50_000;

const LABELS = NONE_INDEX + 1;

/** Counts which labels are taken for which. */
export class MistakeKeeper {
  readonly #counts = new Map<number, number>();
  readonly #rows = new Map<number, Top<RowRef>>();

  add({ labels, nearest, own, other }: ComparedPartition, at: number, ref: () => RowRef): void {
    const label = labels[at] ?? NONE_INDEX;
    const first = nearest[at * NEAREST_KEPT] ?? NONE_INDEX;
    if (label === NONE_INDEX || first === NONE_INDEX) return;
    const cell = label * LABELS + first;
    this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1);
    if (label === first) return;
    let rows = this.#rows.get(cell);
    if (rows === undefined) {
      if (this.#rows.size >= MOST_CELLS) return;
      rows = new Top<RowRef>(ROWS_OF_A_CELL);
      this.#rows.set(cell, rows);
    }
    // How much nearer than its own centroid the other one is.
    rows.offer((own[at] ?? 0) - (other[at] ?? 0), ref);
  }

  end(): Mistakes {
    const cells = [...this.#counts].sort(([a], [b]) => a - b);
    return {
      cells: cells.map(([cell, count]) => [Math.floor(cell / LABELS), cell % LABELS, count]),
      rowsOf: (own, nearest) =>
        (this.#rows.get(own * LABELS + nearest)?.kept ?? []).map(({ value }) => value),
    };
  }
}
