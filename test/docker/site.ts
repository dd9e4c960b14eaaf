/** What the cases of the campaign work on: the project, its images, and what a local run makes of them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '@verger/testkit/built';
import { cli, TRIAL } from '@verger/testkit/cli';
import { plantOrchard } from '@verger/testkit/images';
import { promisedHashes } from '@verger/testkit/run-folder';
import { freePort } from '@verger/testkit/servers';
import { sharedFolder } from '@verger/testkit/shared';
import type { Site } from './case.ts';
import { docker, IMAGE, makeProject } from './project.ts';

const NAME = 'verger-campaign';
/** Photographs of the short runs: enough that a worker is killed in the middle. */
const FEW_PHOTOGRAPHS = 1500;
/** Services of a tree that has no dashboard yet. */
const WITHOUT_DASHBOARD = ['queue', 'store', 'worker', 'reducer'];

/** The images of the campaign, and options that every run gets, here and in the cluster. */
interface Images {
  readonly folder: string;
  readonly few: number;
  readonly words: readonly string[];
  /** The weights file, or none for untrained ones. */
  readonly weights?: string;
}

async function chooseImages(share: boolean, root: string): Promise<Images> {
  if (!share && sharedFolder !== undefined) {
    const weights = `${sharedFolder}/model/mobilenetv2_imagenet_no_top.h5`;
    return {
      folder: `${sharedFolder}/data/fruits-360/Test`,
      few: FEW_PHOTOGRAPHS,
      words: ['--csv'],
      weights,
    };
  }
  const folder = join(root, 'orchard');
  await plantOrchard(folder, { kinds: 4, views: 30, broken: false });
  return { folder, few: 60, words: ['--csv', '--components', '3', ...TRIAL] };
}

/** A site and how it is taken away again. */
export interface MadeSite {
  readonly site: Site;
  readonly photographs: boolean;
  close(): Promise<void>;
}

/** Copies the tree, runs setup.sh on it and says what that printed. */
export async function makeSite(share: boolean): Promise<MadeSite> {
  const root = mkdtempSync(join(tmpdir(), 'verger-docker-'));
  chmodSync(root, 0o755); // containers read the images as another user
  const images = await chooseImages(share, root);
  const folder = join(root, 'clone');
  mkdirSync(folder);
  const settings = { VERGER_IMAGES: images.folder, VERGER_WEIGHTS: images.weights ?? '' };
  const port = { VERGER_PORT: String(await freePort()) };
  const { project } = await makeProject({ name: NAME, folder, settings: { ...settings, ...port } });
  await project.down();
  const hashed = new Map<string, Promise<Record<string, string>>>();
  const site: Site = {
    ...{ project, services: (await hasDashboard()) ? [] : WITHOUT_DASHBOARD },
    ...{ images: images.folder, few: images.few, words: images.words },
    expected: async (which) => {
      const made = hashed.get(which) ?? localRun(images, root, which);
      hashed.set(which, made);
      return await made;
    },
    hashes: async (run) => {
      const [store = ''] = await project.containers('store');
      const copy = join(root, 'copies', run);
      mkdirSync(join(root, 'copies'), { recursive: true });
      await docker('cp', '-q', `${store}:/data/results/${run}`, copy);
      return await promisedHashes(copy).finally(() => rmSync(copy, { recursive: true }));
    },
  };
  const close = async () => {
    await project.down();
    await runProgram('docker', ['rmi', IMAGE]);
    rmSync(root, { recursive: true, force: true });
  };
  return { site, photographs: images.weights !== undefined, close };
}

/** Whether this tree has `verger dashboard`. */
async function hasDashboard(): Promise<boolean> {
  return (await cli(['dashboard', '--help'], { built: true })).code === 0;
}

async function localRun({ folder, few, words, weights }: Images, root: string, which: 'all' | 'few') {
  const output = join(root, 'local');
  const limit = which === 'few' ? ['--limit', String(few)] : [];
  const given = weights === undefined ? [] : ['--weights', weights];
  const ended = await cli(
    ['run', folder, '--output', output, '--name', which, ...words, ...limit, ...given],
    { built: true },
  );
  if (ended.code !== 0) throw new Error(`the local run ended with ${ended.code}:\n${ended.stderr}`);
  return await promisedHashes(join(output, which));
}
