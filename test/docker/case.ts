/** What one case of the campaign is, and what it gets. */
import type { Project } from './project.ts';

/** The cluster that the cases share. */
export interface Site {
  readonly project: Project;
  /** What is brought up: all services, or those that this tree has. */
  readonly services: readonly string[];
  /** The folder of images, as this machine sees it. */
  readonly images: string;
  /** Images of the short runs. */
  readonly few: number;
  /** Options of every run. */
  readonly words: readonly string[];
  /** sha256 of the promised files of a local run: of all images, or of the first `few`. */
  expected(which: 'all' | 'few'): Promise<Readonly<Record<string, string>>>;
  /** sha256 of the promised files of a run in the bucket `results`. */
  hashes(run: string): Promise<Readonly<Record<string, string>>>;
}

/** One case: a name, and what gives the sentence for the table; it throws when something is broken. */
export interface Case {
  readonly name: string;
  /** Part of the short variant as well. */
  readonly share: boolean;
  run(site: Site): Promise<string>;
}
