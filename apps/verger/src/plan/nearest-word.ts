/**
 * The word that was probably meant: the one with the fewest letters to change; undefined where none is near.
 */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let nearest: string | undefined;
  // More changes than a third of it, or as many as it has letters, make another word.
  let least = Math.min(word.length, Math.ceil(word.length / 3) + 1);
  for (const one of words) {
    const changes = changesBetween(wanted, one.toLowerCase(), least);
    if (changes >= least) continue;
    nearest = one;
    least = changes;
  }
  return nearest;
}

/** Letters to insert, remove or replace (Levenshtein); at least `enough` where it is not less. */
function changesBetween(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? enough;
}
