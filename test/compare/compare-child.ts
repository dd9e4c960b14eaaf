import { serveChild } from '@verger/pool';
import { type Asked, compareHere, type Seen } from './our-answer.ts';

/** The pool's child of the comparison: the product's decode path, and what the rules ask about an image. */
serveChild<null, Asked, Seen>({ init: async () => compareHere });
