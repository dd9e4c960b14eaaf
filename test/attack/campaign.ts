import { seededNumbers } from '@verger/core';
import type { PoolError } from '@verger/pool';
import { BAD_KINDS, ODD_KINDS } from './all.ts';
import { type Decode, judgeBad, judgeCut, judgeOdd } from './judge.ts';
import { mutate } from './mutate.ts';
import { PHOTO_WAYS, photo } from './photo.ts';

/**
 * Something that must not be: what was given, and what came of it. `input` where the bytes are worth keeping.
 */
export interface Finding {
  readonly what: string;
  readonly input: Uint8Array | undefined;
}

export interface Tally {
  /** How often each outcome came: `pixels`, or a code. */
  readonly outcomes: Map<string, number>;
  readonly findings: Finding[];
}

export const newTally = (): Tally => ({ outcomes: new Map(), findings: [] });

/** The tally's own decode: counts every answer, and turns the death of a child into a finding. */
export function counted(decode: Decode, tally: Tally, name: () => string): Decode {
  return async (bytes) => {
    let outcome: string;
    try {
      const answer = await decode(bytes);
      outcome = answer.startsWith('E_') ? answer : 'pixels';
      return answer;
    } catch (error) {
      const { reason, message } = error as Partial<PoolError> & Error;
      outcome = reason ?? 'error';
      tally.findings.push({ what: `${name()}: ${message}`, input: bytes });
      return outcome;
    } finally {
      tally.outcomes.set(outcome!, (tally.outcomes.get(outcome!) ?? 0) + 1);
    }
  };
}

/**
 * A number for the stream of one case: any case can be made again from the campaign's seed and its own
 * number.
 */
export const caseSeed = (seed: number, number: number): number =>
  (Math.imul(seed, 0x9e3779b1) + number) >>> 0;

/**
 * Every kind in several variants, and every good way of writing cut at every percent. Each is checked against
 * what it must become.
 */
export async function runKinds(seed: number, variants: number, decode: Decode): Promise<Tally> {
  const tally = newTally();
  const judge = async (name: string, body: (decode: Decode) => Promise<string | undefined>) => {
    const known = tally.findings.length;
    const fault = await body(counted(decode, tally, () => name));
    if (fault !== undefined && tally.findings.length === known)
      tally.findings.push({ what: `${name}: ${fault}`, input: undefined });
  };
  for (let variant = 0; variant < variants; variant += 1) {
    const random = (index: number) => seededNumbers(caseSeed(seed, variant * 10_000 + index));
    for (const [index, kind] of BAD_KINDS.entries())
      await judge(`${kind.name}, variant ${variant}`, (own) => judgeBad(kind, random(index), own));
    for (const [index, kind] of ODD_KINDS.entries())
      await judge(`${kind.name}, variant ${variant}`, (own) => judgeOdd(kind, random(5000 + index), own));
  }
  for (const way of PHOTO_WAYS)
    for (let percent = 0; percent < 100; percent += 1) {
      const cut = { share: percent / 100, random: seededNumbers(caseSeed(seed, percent)) };
      await judge(`${way} cut at ${percent} %`, (own) => judgeCut(way, cut, own));
    }
  return tally;
}

/**
 * Images above this are left out of the corpus: their mutants would all take the same time and differ little.
 */
const LARGEST = 200_000;

/** Valid images to mutate: every odd kind, and three of each good way of writing. */
export async function corpusOf(seed: number): Promise<Uint8Array[]> {
  const corpus: Uint8Array[] = [];
  for (const [index, kind] of ODD_KINDS.entries())
    corpus.push((await kind.make(seededNumbers(caseSeed(seed, index)))).bytes);
  for (const way of PHOTO_WAYS)
    for (let copy = 0; copy < 3; copy += 1)
      corpus.push(await photo(seededNumbers(caseSeed(seed, 1000 + copy)), way));
  return corpus.filter(({ length }) => length <= LARGEST);
}

/** The mutant of that number. */
export function mutantOf(corpus: readonly Uint8Array[], seed: number, number: number): Uint8Array {
  const random = seededNumbers(caseSeed(seed, number));
  const pick = () => corpus[Math.floor(random() * corpus.length)]!;
  const first = pick();
  return mutate(first, random, pick());
}

/** Mutants, several at once, until the time is over. Any answer is right that is pixels or a code. */
export async function runMutants(
  { seed, corpus, untilMs }: { seed: number; corpus: readonly Uint8Array[]; untilMs: number },
  decode: Decode,
  tally: Tally,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (performance.now() < untilMs) {
      const number = next;
      next += 1;
      const name = () => `seed ${seed}, mutant ${number}`;
      await counted(decode, tally, name)(mutantOf(corpus, seed, number));
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
}
