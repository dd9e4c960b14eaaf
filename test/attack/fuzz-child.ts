import { serveChild } from '@verger/pool';
import { type Answer, decodeHere } from './judge.ts';

/** The pool's child of the campaign: the product's decode path, and nothing else. */
serveChild<null, Uint8Array, Answer>({ init: async () => decodeHere });
