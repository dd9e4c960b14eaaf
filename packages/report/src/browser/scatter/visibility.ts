/** Which labels are shown; pure: each change gives new flags. */

/** [groups]: 1 where a label is shown. */
export type Shown = Uint8Array;

/** All labels. */
export function allShown(groups: number): Shown {
  return new Uint8Array(groups).fill(1);
}

/** One label hidden or shown. */
export function toggled(shown: Shown, group: number): Shown {
  const next = shown.slice();
  next[group] = next[group] === 1 ? 0 : 1;
  return next;
}

/** Only these labels. */
export function onlyShown(shown: Shown, groups: Iterable<number>): Shown {
  const next = new Uint8Array(shown.length);
  for (const group of groups) next[group] = 1;
  return next;
}

/** These labels shown or hidden, the others as they are. */
export function withShown(shown: Shown, groups: Iterable<number>, isShown: boolean): Shown {
  const next = shown.slice();
  for (const group of groups) next[group] = isShown ? 1 : 0;
  return next;
}

/** One label isolated; all where it already is. */
export function isolated(shown: Shown, group: number): Shown {
  const isAlready = shown[group] === 1 && countShown(shown) === 1;
  return isAlready ? allShown(shown.length) : onlyShown(shown, [group]);
}

/** How many labels are shown. */
export function countShown(shown: Shown): number {
  return shown.reduce((sum, one) => sum + one, 0);
}

/** The next shown label after one in a direction, around the end; -1 where none is. */
export function nextShown(shown: Shown, from: number, by: 1 | -1): number {
  for (let step = 1; step <= shown.length; step += 1) {
    const group = (((from + by * step) % shown.length) + shown.length) % shown.length;
    if (shown[group] === 1) return group;
  }
  return -1;
}

/** The places of names that contain a text, case aside; all for an empty one. */
export function found(names: readonly string[], query: string): number[] {
  const wanted = query.trim().toLowerCase();
  const places: number[] = [];
  for (const [place, name] of names.entries()) {
    if (wanted === '' || name.toLowerCase().includes(wanted)) places.push(place);
  }
  return places;
}
