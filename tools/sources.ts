import { execFileSync } from 'node:child_process';

/** Every file that git tracks or would track, with one of the endings, in byte order. */
export function trackedFiles(root: string, endings: readonly string[]): string[] {
  return execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort();
}
