import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@verger/core';
import { readJsonLines } from '@verger/testkit/run-folder';
import { writeFiles } from '@verger/testkit/run-harness';
import { lookAtUndisturbed, mustBeWhole } from './after-fault.ts';
import { audit } from './audited.ts';
import { type FaultCase, type FaultGroup, mustHold } from './fault-case.ts';
import { type Decision, type FsCall, newActor } from './fs-hook.ts';
import { placeIn, submit } from './submission.ts';
import { FILES, foldersOf } from './trial.ts';

/** What is done to one image after the listing was frozen, with what becomes of it. */
interface Damage {
  readonly name: string;
  readonly code: string;
  /** Does it to the file, and gives what undoes it. */
  readonly act?: (file: string) => () => void;
  /** Or the system refuses to open it. */
  readonly errno?: string;
}

/** Puts the file back as it was, with its time. */
function aside(file: string, put: () => void): () => void {
  renameSync(file, `${file}.aside`);
  put();
  return () => {
    rmSync(file, { recursive: true, force: true });
    renameSync(`${file}.aside`, file);
  };
}

const DAMAGES: readonly Damage[] = [
  { name: 'deleted', code: 'E_IMG_MISSING', act: (file) => aside(file, () => {}) },
  {
    name: 'replaced',
    code: 'E_IMG_CHANGED',
    act: (file) => aside(file, () => writeFileSync(file, 'another image')),
  },
  {
    name: 'replaced by one of its size',
    code: 'E_IMG_CHANGED',
    act: (file) => aside(file, () => writeFileSync(file, Buffer.alloc(statSync(`${file}.aside`).size, 'x'))),
  },
  { name: 'emptied', code: 'E_IMG_CHANGED', act: (file) => aside(file, () => writeFileSync(file, '')) },
  { name: 'cut in half', code: 'E_IMG_CHANGED', act: (file) => aside(file, () => halve(file)) },
  { name: 'longer', code: 'E_IMG_CHANGED', act: (file) => aside(file, () => lengthen(file)) },
  { name: 'touched', code: 'E_IMG_CHANGED', act: (file) => aside(file, () => touch(file)) },
  { name: 'a folder by now', code: 'E_IMG_CHANGED', act: (file) => aside(file, () => mkdirSync(file)) },
  {
    name: 'a FIFO by now',
    code: 'E_IMG_CHANGED',
    act: (file) => aside(file, () => execFileSync('mkfifo', [file])),
  },
  {
    name: 'a link out of the folder',
    code: 'E_IMG_CHANGED',
    act: (file) => aside(file, () => symlinkSync('/etc/passwd', file)),
  },
  {
    name: 'a link to nothing',
    code: 'E_IMG_CHANGED',
    act: (file) => aside(file, () => symlinkSync('nothing', file)),
  },
  {
    name: 'a link to itself',
    code: 'E_IMG_CHANGED',
    act: (file) => aside(file, () => symlinkSync(file, file)),
  },
  { name: 'not readable (EACCES)', code: 'E_IMG_FORBIDDEN', errno: 'EACCES' },
  { name: 'on a bad sector (EIO)', code: 'E_IMG_READ', errno: 'EIO' },
  { name: 'stale on its server (ESTALE)', code: 'E_IMG_READ', errno: 'ESTALE' },
];

function halve(file: string): void {
  const bytes = readFileSync(`${file}.aside`);
  writeFileSync(file, bytes.subarray(0, bytes.length >> 1));
}

function lengthen(file: string): void {
  writeFileSync(file, Buffer.concat([readFileSync(`${file}.aside`), Buffer.from('more')]));
}

function touch(file: string): void {
  writeFileSync(file, readFileSync(`${file}.aside`));
  utimesSync(file, 1, 1);
  chmodSync(file, 0o644);
}

const VICTIM = 'a/01.jpg';
/** The first try, the one alone; both four times. */
const FEW_READS = 3;

/** Spoils an image once the manifest stands; heals it after a few reads where asked. */
function spoiler(file: string, manifest: string, damage: Damage, heals: boolean) {
  let undo: (() => void) | undefined;
  let spoilt = false;
  let reads = 0;
  const after = (call: FsCall): Decision => {
    if (spoilt || call.name !== 'link' || call.path !== manifest) return undefined;
    spoilt = true;
    undo = damage.act?.(file);
    return undefined;
  };
  const before = (call: FsCall): Decision => {
    const isRead =
      spoilt && call.path === file && call.name === (damage.errno === undefined ? 'realpath' : 'open');
    if (!isRead) return undefined;
    reads += 1;
    if (heals && reads === FEW_READS) {
      undo?.();
      undo = undefined;
    }
    if (damage.errno === undefined || (heals && reads >= FEW_READS)) return undefined;
    return { fail: damage.errno };
  };
  return { before, after, spoilt: () => spoilt };
}

function damageCase(group: string, damage: Damage, heals: boolean): FaultCase {
  return {
    group,
    name: `an image is ${damage.name}${heals ? ', and is as before at the third look' : ''}`,
    run: async (folder) => {
      const place = placeIn(folder);
      await writeFiles(place.images, FILES);
      const calm = placeIn(`${folder}/calm`, place.images);
      const options = { finish: { csv: true } };
      const first = await submit(calm, newActor([]), options);
      mustHold(first.code === 'done', first.text);
      const file = join(place.images, VICTIM);
      const spoil = spoiler(file, join(place.run, 'manifest.json'), damage, heals);
      const ending = await submit(place, newActor(foldersOf(place), spoil), options);
      mustHold(spoil.spoilt() && ending.code === 'done', `it ended with ${ending.code}: ${ending.text}`);
      await audit(place.run, { unfinishedOk: false });
      if (heals) await mustBeWhole(place.run, await lookAtUndisturbed(calm.run));
      await mustHaveQuarantined(place.run, heals ? [] : [[VICTIM, damage.code]]);
      return heals ? 'done' : damage.code;
    },
  };
}

/** Quarantine holds the image that was bad from the start and those given, and the counts add up. */
async function mustHaveQuarantined(run: string, more: readonly (readonly [string, string])[]): Promise<void> {
  const records = await readJsonLines<{ path: string; code: string }>(join(run, 'quarantine.jsonl'));
  const found = records.map(({ path, code }) => `${path} ${code}`);
  const expected = [...more.map(([path, code]) => `${path} ${code}`), 'b/03-bad.jpg E_IMG_DECODE'];
  mustHold(found.join() === expected.join(), `quarantine holds ${found.join()}, not ${expected.join()}`);
  const report = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8')) as Report;
  const { listed, extracted, quarantined } = report;
  mustHold(
    listed === Object.keys(FILES).length && listed === extracted + quarantined,
    `${listed} listed, ${extracted} extracted, ${quarantined} in quarantine`,
  );
}

/** What happens to all images at once: the job fails, and no image is blamed. */
const OUTAGES: readonly (readonly [string, string, string])[] = [
  ['every image is unreadable (EACCES)', 'EACCES', 'E_INPUT_UNREADABLE'],
  ['every image is on a dead disk (EIO)', 'EIO', 'E_INPUT_UNREADABLE'],
  ['every image is stale on its server (ESTALE)', 'ESTALE', 'E_INPUT_UNREADABLE'],
  ['no image can be opened, for open files (EMFILE)', 'EMFILE', 'E_STORAGE'],
  ['no image can be opened, for open files of the system (ENFILE)', 'ENFILE', 'E_STORAGE'],
  ['no image can be opened, for memory (ENOMEM)', 'ENOMEM', 'E_STORAGE'],
];

function outageCase(group: string, [name, errno, code]: readonly [string, string, string]): FaultCase {
  return {
    group,
    name,
    run: async (folder) => {
      const place = placeIn(folder);
      await writeFiles(place.images, FILES);
      const calm = placeIn(`${folder}/calm`, place.images);
      const first = await submit(calm, newActor([]));
      mustHold(first.code === 'done', first.text);
      const before = (call: FsCall) =>
        call.name === 'open' && call.path.startsWith(`${place.images}/`) ? { fail: errno } : undefined;
      const ending = await submit(place, newActor(foldersOf(place), { before }));
      mustHold(ending.code === code, `it ended with ${ending.code}, not ${code}: ${ending.text}`);
      const again = await submit(place, newActor([]));
      mustHold(again.code === 'done', again.text);
      await mustBeWhole(place.run, await lookAtUndisturbed(calm.run));
      return code;
    },
  };
}

function goneCase(group: string, name: string, act: (images: string) => () => void): FaultCase {
  return {
    group,
    name,
    run: async (folder) => {
      const place = placeIn(folder);
      await writeFiles(place.images, FILES);
      const calm = placeIn(`${folder}/calm`, place.images);
      const first = await submit(calm, newActor([]));
      mustHold(first.code === 'done', first.text);
      let undo: (() => void) | undefined;
      const after = (call: FsCall) => {
        if (call.name === 'link' && call.path === join(place.run, 'manifest.json')) undo = act(place.images);
        return undefined;
      };
      const ending = await submit(place, newActor(foldersOf(place), { after }));
      mustHold(ending.code === 'E_INPUT_MISSING', `it ended with ${ending.code}: ${ending.text}`);
      undo?.();
      const again = await submit(place, newActor([]));
      mustHold(again.code === 'done', again.text);
      await mustBeWhole(place.run, await lookAtUndisturbed(calm.run));
      return ending.code;
    },
  };
}

/** Images deleted, replaced or made unreadable between listing and reading. */
export function imagesGroup(): FaultGroup {
  const group = 'images';
  const cases = [
    ...DAMAGES.flatMap((damage) => [damageCase(group, damage, false), damageCase(group, damage, true)]),
    ...OUTAGES.map((outage) => outageCase(group, outage)),
    goneCase(group, 'the images folder is gone', (images) => aside(images, () => {})),
    goneCase(group, 'the images folder is empty', (images) => aside(images, () => mkdirSync(images))),
  ];
  const what =
    'between listing and reading: deleted, replaced, cut, grown, unreadable, …; one for good: quarantine with ' +
    'its code; healed in time: the same bytes; all of them: the run fails, and no image is blamed';
  return { name: group, what, real: false, cases };
}
