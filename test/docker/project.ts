/** A copy of the tree as a clean clone has it, its Compose project, and ways to ask it things. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@verger/testkit/built';
import type { ProgramResult } from '@verger/testkit/program';
import { hasImage } from './engine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The image of the campaign: not the one that a person has built. */
export const IMAGE = 'verger-campaign:local';
const POLL_MS = 500;

type Variables = Readonly<Record<string, string>>;

/** A Compose project in a folder of its own. */
export class Project {
  readonly name: string;
  readonly folder: string;
  readonly #variables: Variables;

  constructor(name: string, folder: string, variables: Variables) {
    this.name = name;
    this.folder = folder;
    this.#variables = variables;
  }

  /** The same project with other variables, as a shell would set them for one command. */
  with(variables: Variables): Project {
    return new Project(this.name, this.folder, { ...this.#variables, ...variables });
  }

  /** Runs a program in the folder, to its end. */
  async run(command: string, args: readonly string[]): Promise<ProgramResult> {
    return await runProgram(command, args, { cwd: this.folder, env: this.#variables });
  }

  /** `docker compose …` to its end. */
  async compose(...args: readonly string[]): Promise<ProgramResult> {
    return await this.run('docker', ['compose', '--ansi', 'never', '--progress', 'quiet', ...args]);
  }

  /** As `compose`; throws what it said when it failed. */
  async composed(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.compose(...args);
    if (code !== 0)
      throw new Error(`docker compose ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  }

  /** `docker compose run --rm verger …`. */
  async verger(...args: readonly string[]): Promise<ProgramResult> {
    return await this.compose('run', '--rm', '-T', 'verger', ...args);
  }

  /** Ids of the running containers of a service. */
  async containers(service: string): Promise<string[]> {
    return (await this.composed('ps', '-q', service)).split('\n').filter((id) => id !== '');
  }

  /** What a program in a container printed. Throws when it failed. */
  async inside(container: string, ...command: readonly string[]): Promise<string> {
    return await docker('exec', container, ...command);
  }

  /** Everything that the containers of a service have logged, ended ones as well. */
  async logs(service: string): Promise<string> {
    const ids = (await this.composed('ps', '-aq', service)).split('\n').filter((id) => id !== '');
    const texts = await Promise.all(ids.map((id) => runProgram('docker', ['logs', id])));
    return texts.map(({ stdout, stderr }) => stdout + stderr).join('');
  }

  /** Ends everything and removes its volumes. */
  async down(): Promise<void> {
    await this.composed('--profile', '*', 'down', '--volumes', '--timeout', '5', '--remove-orphans');
  }
}

/** `docker …` and what it printed. Throws what it said when it failed. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout.trim();
}

/** Waits until something is true, looking twice a second. Throws after the seconds, naming what did not come. */
export async function waitUntil(what: string, seconds: number, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(POLL_MS);
  }
}

/** Copies what git would clone, with the changes that are not committed yet. */
function copyTree(folder: string): void {
  const { stdout } = spawnSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file), { verbatimSymlinks: true });
  }
}

/** What a new project is given. */
export interface ProjectOptions {
  readonly name: string;
  /** An empty folder that exists. */
  readonly folder: string;
  /** Lines for `.env`, which come after those of setup.sh. */
  readonly settings?: Variables;
  readonly variables?: Variables;
}

/** A clean clone on which `setup.sh` was run, and what that printed. */
export async function makeProject(options: ProjectOptions): Promise<{ project: Project; said: string }> {
  const { name, folder, settings = {}, variables = {} } = options;
  copyTree(folder);
  const store = (await hasImage('versity/versitygw:v1.8.0'))
    ? {}
    : { VERGER_STORE_IMAGE: 'versity/versitygw:latest' };
  const project = new Project(name, folder, {
    ...{ COMPOSE_PROJECT_NAME: name, VERGER_DOCKER_IMAGE: IMAGE },
    ...{ ...store, ...variables },
  });
  const { code, stdout, stderr } = await project.run('infra/docker/setup.sh', []);
  if (code !== 0) throw new Error(`setup.sh ended with ${code}:\n${stderr}${stdout}`);
  appendFileSync(
    join(folder, '.env'),
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  return { project, said: stdout };
}

/** The text of a file of a project. */
export function fileOf(project: Project, path: string): string {
  return readFileSync(join(project.folder, path), 'utf8');
}
