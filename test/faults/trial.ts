import { RUN_FILES } from '@verger/core';
import { readManifest, requireFile } from '@verger/run';
import { openLocalStorage } from '@verger/storage';
import { goodImages, writeFiles } from '@verger/testkit/run-harness';
import { lookAtUndisturbed, mustBeWhole, mustStand } from './after-fault.ts';
import { audit } from './audited.ts';
import { mustBeClear, mustHold, type Undisturbed } from './fault-case.ts';
import { type Actor, closeLeft, newActor } from './fs-hook.ts';
import {
  type Ending,
  type Place,
  type Plan,
  placeIn,
  planListed,
  planRefitted,
  submit,
} from './submission.ts';

/** Four good images and a bad one, in two partitions. */
export const FILES: Readonly<Record<string, string>> = {
  ...goodImages(4),
  'b/03-bad.jpg': 'BAD:E_IMG_DECODE',
};

/** Images that many trials share, what is made of them, and what an undisturbed run of that looks like. */
export interface TrialGround {
  readonly images: string;
  readonly undisturbed: Undisturbed;
  /** Default: that of `verger run`. */
  readonly plan?: Plan;
}

/** With images in the CSV, so that they are read twice. */
const CSV = { finish: { csv: true, withImages: true } };
const optionsOf = (plan: Plan | undefined) => (plan === undefined ? CSV : { ...CSV, plan });

/** The folders whose calls are spoilt. */
export const foldersOf = (place: Place): string[] => [place.images, place.runs, place.spool];

export async function prepareGround(folder: string): Promise<TrialGround> {
  const place = placeIn(folder);
  await writeFiles(place.images, FILES);
  return { images: place.images, undisturbed: await undisturbedIn(place) };
}

/** Runs it once in a new place, which stays. */
async function undisturbedIn(place: Place, plan?: Plan): Promise<Undisturbed> {
  const { code, text } = await submit(place, newActor([]), optionsOf(plan));
  mustHold(code === 'done', text);
  await audit(place.run, { unfinishedOk: false });
  return await lookAtUndisturbed(place.run);
}

/** Grounds for a refit of a finished run, and for a transform of its images by its model. */
export async function prepareDerived(
  folder: string,
): Promise<{ readonly refit: TrialGround; readonly transform: TrialGround }> {
  const { images } = await prepareGround(`${folder}/source`);
  const store = openLocalStorage(placeIn(`${folder}/source`).run);
  const manifest = await readManifest(store);
  mustHold(manifest !== undefined, 'the source is no run');
  const bytes = await requireFile(store, RUN_FILES.model);
  const ground = async (name: string, plan: Plan): Promise<TrialGround> => {
    const undisturbed = await undisturbedIn(placeIn(`${folder}/${name}`, images), plan);
    return { images, undisturbed, plan };
  };
  return {
    refit: await ground('refit', planRefitted({ manifest, store })),
    transform: await ground('transform', planListed({ bytes, runId: manifest.runId })),
  };
}

/** One run that is disturbed, and what comes after it. */
export interface Trial {
  readonly place: Place;
  /** Submits the run once more, as an actor. */
  submit(actor: Actor): Promise<Ending>;
  /**
   * The run, whatever happened to it, is continued to the same bytes. Gives the code of the disturbed
   * submission.
   */
  mustContinue(ending?: Ending): Promise<string>;
  /** The run is finished, with the same bytes. */
  mustBeFinished(): Promise<void>;
}

export function newTrial(folder: string, ground: TrialGround): Trial {
  const place = placeIn(folder, ground.images);
  const options = optionsOf(ground.plan);
  const mustBeFinished = async () => {
    await mustBeWhole(place.run, ground.undisturbed, { temporariesMayStay: true });
    await audit(place.run, { unfinishedOk: false, temporariesMayStay: true });
  };
  return {
    place,
    submit: (actor) => submit(place, actor, options),
    mustBeFinished,
    mustContinue: async (ending) => {
      if (ending !== undefined) mustBeClear(ending.code, ending.text);
      await mustStand(place.run, ground.undisturbed);
      await audit(place.run, { unfinishedOk: true, temporariesMayStay: true });
      const again = await submit(place, newActor([]), options);
      mustHold(again.code === 'done', `given again, the run ended with ${again.text}`);
      await mustBeFinished();
      return ending?.code ?? 'killed';
    },
  };
}

/**
 * An actor that can be stopped for ever, as a killed process is, or until it is let go, as one on a disk that
 * hangs.
 */
export interface StoppableActor {
  readonly actor: Actor;
  /** Settles when it has come to the place where it stops; never, when it does not. */
  readonly stopped: Promise<void>;
  letGo(): void;
  /** Closes the files that it left open. Only when it will never go on. */
  bury(): Promise<void>;
}

/** From the first call for which `stops` says so, each call of the actor waits. */
export function stoppableActor(
  place: Place,
  stops: {
    before?: (call: Parameters<NonNullable<Actor['before']>>[0]) => boolean;
    after?: typeof stops.before;
  },
): StoppableActor {
  let halted = false;
  let letGo = () => {};
  let tell = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const stopped = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let free = false;
  const decide = (when: typeof stops.before) => (call: Parameters<NonNullable<Actor['before']>>[0]) => {
    if (free) return undefined;
    if (!halted && when?.(call) === true) {
      halted = true;
      tell();
    }
    return halted ? { wait: gate } : undefined;
  };
  const actor = newActor(foldersOf(place), { before: decide(stops.before), after: decide(stops.after) });
  return {
    actor,
    stopped,
    letGo: () => {
      free = true;
      letGo();
    },
    bury: () => closeLeft(actor),
  };
}
