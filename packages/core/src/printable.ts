/**
 * Text from outside as it may be shown in a terminal or a log line: control characters, line ends, and marks
 * that turn or hide text are escaped. Everything else, in any script, stays.
 */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => {
      const json = JSON.stringify(character);
      return json === `"${character}"`
        ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
        : json.slice(1, -1);
    },
  );
}

/** 4962 → `4,962` */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A number with its noun: `1 image`, `1,200 images`, `2 processes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
