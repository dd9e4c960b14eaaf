import type { LeftOut, LinkFault, StoredEntry } from '@verger/core';

/** Endings that are told one by one. */
const MOST_TOLD = 20;
/** Endings that are counted one by one: memory is that of so many. */
const MOST_KEPT = 1000;
/** A longer one is no ending but a dot in a name. */
const LONGEST_ENDING = 16;

/** Counts what a listing does not take, while it goes by. */
export interface LeftOutCounter {
  /** An entry that no glob took. Cost: 0.1 µs; memory only for an ending that is new. */
  notTaken(entry: StoredEntry): void;
  /** A refused entry that the globs took. */
  refused(entry: StoredEntry): void;
  /** The listing ends before its end. */
  stopped(): void;
  counts(): LeftOut;
}

/**
 * A counter at zero. Entries must come in byte order of their keys: so a hidden folder is known by the one
 * before.
 */
export function countLeftOut(): LeftOutCounter {
  const endings = countEndings();
  const total = {
    ...{ hiddenFiles: 0, hiddenFolders: 0, hiddenFolderFiles: 0 },
    ...{ linkedFolders: 0, linkLoops: 0, linkRepeats: 0, linksOut: 0, linksToNothing: 0 },
  };
  let partial = false;
  let hidden: string | undefined;
  const countHidden = (key: string, dot: number): void => {
    const end = key.indexOf('/', dot);
    if (end === -1) {
      total.hiddenFiles += 1;
      return;
    }
    total.hiddenFolderFiles += 1;
    total.hiddenFolders += 1;
    hidden = key.slice(0, end + 1);
  };
  const countLink = (link: LinkFault): void => {
    total[LINK_FIELDS[link]] += 1;
  };
  return {
    notTaken: ({ key, link }) => {
      if (hidden !== undefined && key.startsWith(hidden)) {
        total.hiddenFolderFiles += 1;
        return;
      }
      const dot = key.charCodeAt(0) === DOT ? 0 : key.indexOf('/.') + 1;
      if (dot > 0 || key.charCodeAt(0) === DOT) countHidden(key, dot);
      else if (link !== undefined && link !== 'outside') countLink(link);
      else endings.count(key);
    },
    refused: ({ link }) => {
      if (link !== undefined) countLink(link);
    },
    stopped: () => {
      partial = true;
    },
    counts: () => ({ ...endings.counts(), ...total, ...(partial ? { partial: true } : {}) }),
  };
}

const DOT = 0x2e;

const LINK_FIELDS = {
  folder: 'linkedFolders',
  loop: 'linkLoops',
  repeat: 'linkRepeats',
  outside: 'linksOut',
  nothing: 'linksToNothing',
} as const satisfies Record<LinkFault, keyof LeftOut>;

/** Counts keys by their endings in lower case. */
function countEndings() {
  const endings = new Map<string, { files: number }>();
  const rest = { otherEndings: 0, noEnding: 0 };
  let last = { ending: '', files: { files: 0 } };
  const count = (key: string): void => {
    // Most files end as the one before: then nothing is made of the key.
    if (last.ending !== '' && key.endsWith(last.ending)) {
      last.files.files += 1;
      return;
    }
    const dot = key.lastIndexOf('.');
    if (dot <= key.lastIndexOf('/') || dot === key.length - 1) {
      rest.noEnding += 1;
      return;
    }
    const ending = key.slice(dot);
    const lower = ending.toLowerCase();
    const known = endings.get(lower);
    if (ending.length > LONGEST_ENDING || (known === undefined && endings.size >= MOST_KEPT)) {
      rest.otherEndings += 1;
      return;
    }
    const files = known ?? { files: 0 };
    files.files += 1;
    endings.set(lower, files);
    last = { ending, files };
  };
  return { count, counts: () => told(endings, rest) };
}

/** The endings that most files have, and the others added up. */
function told(
  endings: ReadonlyMap<string, { readonly files: number }>,
  { otherEndings, noEnding }: Pick<LeftOut, 'otherEndings' | 'noEnding'>,
): Pick<LeftOut, 'endings' | 'otherEndings' | 'noEnding'> {
  const all = [...endings]
    .map(([ending, { files }]) => ({ ending, files }))
    .sort((a, b) => b.files - a.files || (a.ending < b.ending ? -1 : 1));
  const others = all.slice(MOST_TOLD).reduce((sum, { files }) => sum + files, 0);
  return {
    endings: Object.fromEntries(all.slice(0, MOST_TOLD).map(({ ending, files }) => [ending, files])),
    otherEndings: otherEndings + others,
    noEnding,
  };
}
