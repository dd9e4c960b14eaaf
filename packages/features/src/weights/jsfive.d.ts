/** The part of jsfive (HDF5 in JavaScript; it has no types of its own) that weights are read with. */
declare module 'jsfive' {
  /** A group of an HDF5 file. Reading what is not there, or damaged, throws strings as well as errors. */
  export class Group {
    readonly attrs: Readonly<Record<string, unknown>>;
    readonly keys: readonly string[];
    get(path: string): Group | Dataset;
  }
  /** An array: `dtype` is numpy's (`<f4`), `value` its numbers, row-major. */
  export class Dataset {
    readonly shape: readonly number[];
    readonly dtype: unknown;
    readonly value: ArrayLike<number>;
  }
  /** A file in memory. */
  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string);
  }
}
