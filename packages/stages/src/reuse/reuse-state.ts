import type { ReuseSource } from '@verger/core';
import type { Children } from '../children/children.ts';
import { type ReuseIndex, readReuseIndex } from './reuse-index.ts';

/** What one epoch knows of the run whose features it may take. */
export interface ReuseState {
  readonly source: ReuseSource;
  /** Read once, when it is first asked for. */
  index(): Promise<ReuseIndex>;
  /** This machine's numeric class: only rows of the same one are equal to what would be extracted here. */
  numericClass(children: Children): Promise<string>;
  /** Partitions of the source that were found not to be usable, so that each is told of once. */
  readonly refused: Set<number>;
}

/** A state that has asked for nothing yet. A failed question is asked again. */
export function createReuseState(source: ReuseSource): ReuseState {
  let index: Promise<ReuseIndex> | undefined;
  let numericClass: Promise<string> | undefined;
  return {
    source,
    refused: new Set(),
    index: () => {
      index ??= readReuseIndex(source).catch((error: unknown) => {
        index = undefined;
        throw error;
      });
      return index;
    },
    numericClass: (children) => {
      numericClass ??= children.call('numericClass', {}).catch((error: unknown) => {
        numericClass = undefined;
        throw error;
      });
      return numericClass;
    },
  };
}
