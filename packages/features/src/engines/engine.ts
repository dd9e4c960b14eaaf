import type { EngineName, Pixels } from '@verger/core';

/** What computes the network of an extractor, one image at a time on one thread. */
export interface Engine {
  readonly name: EngineName;
  /** Of the library. With the name it is part of the numeric class. */
  readonly version: string;
  /** Features of 224×224×3 bytes: a Float32Array [1280] of its own. Not after `close`. */
  infer(pixels: Pixels): Promise<Float32Array>;
  /** Frees all that the network holds. Once. */
  close(): Promise<void>;
}
