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
  /** Partitions of the source that were found not to be usable, so that each is reported once. */
  readonly refused: Set<number>;
}

/** A state that has asked for nothing yet. */
export function createReuseState(source: ReuseSource): ReuseState {
  return {
    source,
    refused: new Set(),
    index: once(() => readReuseIndex(source)),
    numericClass: once((children) => children.call('numericClass', {})),
  };
}

/** Asks once and keeps the answer; after a failure the next call asks again. */
function once<A extends unknown[], T>(ask: (...given: A) => Promise<T>): (...given: A) => Promise<T> {
  let answer: Promise<T> | undefined;
  return (...given) => {
    answer ??= ask(...given).catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
