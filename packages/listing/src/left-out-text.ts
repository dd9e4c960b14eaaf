import { type LeftOut, printable } from '@verger/core';

/** Endings that are shown one by one. */
const SHOWN = 8;

/**
 * What a listing left out, as phrases for a person: none when it took everything. Names of endings are as
 * they are on disk: who prints them makes them printable.
 */
export function leftOutText(leftOut: LeftOut): string | undefined {
  const endings = Object.entries(leftOut.endings).sort(([, a], [, b]) => b - a);
  const files = endings.slice(0, SHOWN).map(([ending, count]) => `${number(count)} × ${ending}`);
  const others = endings.slice(SHOWN).reduce((sum, [, count]) => sum + count, leftOut.otherEndings);
  const hidden: string[] = [];
  if (leftOut.noEnding > 0) files.push(`${number(leftOut.noEnding)} without an ending`);
  if (others > 0) files.push(`${number(others)} with other endings`);
  if (leftOut.hiddenFiles > 0) hidden.push(of(leftOut.hiddenFiles, 'hidden file'));
  if (leftOut.hiddenFolders > 0) {
    const inside = of(leftOut.hiddenFolderFiles, 'file');
    hidden.push(`${of(leftOut.hiddenFolders, 'hidden folder')} with ${inside}`);
  }
  const all = [...files, ...hidden];
  if (all.length === 0) return undefined;
  return `${all.join(', ')}${leftOut.partial === true ? ' (before --limit was reached)' : ''}`;
}

/** What became of links, a sentence each; none when there were no links that matter. Each says what to do. */
export function linksText(leftOut: LeftOut): string[] {
  const { linkedFolders, linksOut, linksToNothing, linkLoops, linkRepeats } = leftOut;
  const lines: string[] = [];
  const option = (count: number) => `give --follow-links to take ${count === 1 ? 'it' : 'them'}`;
  if (linkedFolders > 0) {
    const were = linkedFolders === 1 ? 'is a link and was' : 'are links and were';
    lines.push(`${of(linkedFolders, 'folder')} ${were} not entered: ${option(linkedFolders)}`);
  }
  if (linksOut > 0) {
    const are = linksOut === 1 ? 'is a link that leads' : 'are links that lead';
    lines.push(`${of(linksOut, 'image')} ${are} out of the images folder: ${option(linksOut)}`);
  }
  if (linksToNothing > 0) {
    const lead = linksToNothing === 1 ? 'leads' : 'lead';
    const restore = `restore what ${linksToNothing === 1 ? 'it leads' : 'they lead'} to`;
    lines.push(`${of(linksToNothing, 'link')} ${lead} to nothing that can be read: ${restore}`);
  }
  if (linkLoops > 0) {
    const lead =
      linkLoops === 1
        ? 'leads back to a folder it is in and was'
        : 'lead back to folders they are in and were';
    lines.push(`${of(linkLoops, 'linked folder')} ${lead} not entered`);
  }
  if (linkRepeats > 0) {
    const were = linkRepeats === 1 ? 'was' : 'were';
    const why = '100 other links lead to the same folder, or 8 are on the way';
    lines.push(`${of(linkRepeats, 'linked folder')} ${were} not entered: ${why}`);
  }
  return lines;
}

/** Both, for the end of an error; undefined for nothing. */
export function leftOutDetail(leftOut: LeftOut): string | undefined {
  const files = leftOutText(leftOut);
  const lines = [...(files === undefined ? [] : [`left out: ${printable(files)}`]), ...linksText(leftOut)];
  return lines.length === 0 ? undefined : lines.map((line) => `\n  ${line}`).join('');
}

function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

const of = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
