import { goodImages, writeFiles } from '../../packages/pipeline/src/testing/harness.ts';
import { lookAtUndisturbed, mustBeWhole, mustStand } from './after-fault.ts';
import { audit } from './audited.ts';
import { mustBeClear, mustHold, type Undisturbed } from './fault-case.ts';
import { type Actor, closeLeft, newActor } from './fs-hook.ts';
import { type Ending, type Place, placeIn, submit } from './submission.ts';

/** Four good images and a bad one, in two partitions. */
export const FILES: Readonly<Record<string, string>> = {
  ...goodImages(4),
  'b/03-bad.jpg': 'BAD:E_IMG_DECODE',
};

/** Images that many trials share, and what an undisturbed run of them looks like. */
export interface TrialGround {
  readonly images: string;
  readonly undisturbed: Undisturbed;
}

/** With images in the CSV, so that they are read twice. */
const CSV = { finish: { csv: true, withImages: true } };

/** The folders whose calls are spoilt. */
export const foldersOf = (place: Place): string[] => [place.images, place.runs, place.spool];

export async function prepareGround(folder: string): Promise<TrialGround> {
  const place = placeIn(folder);
  await writeFiles(place.images, FILES);
  const { code, text } = await submit(place, newActor([]), CSV);
  mustHold(code === 'done', text);
  await audit(place.run, { unfinishedOk: false });
  return { images: place.images, undisturbed: await lookAtUndisturbed(place.run) };
}

/** One run that is disturbed, and what comes after it. */
export interface Trial {
  readonly place: Place;
  /** Submits the run once more, as an actor. */
  submit(actor: Actor): Promise<Ending>;
  /** The run, whatever happened to it, is continued to the same bytes. Gives the code of the disturbed submission. */
  mustContinue(ending?: Ending): Promise<string>;
  /** The run is finished, with the same bytes. */
  mustBeFinished(): Promise<void>;
}

export function newTrial(folder: string, ground: TrialGround): Trial {
  const place = placeIn(folder, ground.images);
  const mustBeFinished = async () => {
    await mustBeWhole(place.run, ground.undisturbed, { temporariesMayStay: true });
    await audit(place.run, { unfinishedOk: false, temporariesMayStay: true });
  };
  return {
    place,
    submit: (actor) => submit(place, actor, CSV),
    mustBeFinished,
    mustContinue: async (ending) => {
      if (ending !== undefined) mustBeClear(ending.code, ending.text);
      await mustStand(place.run, ground.undisturbed);
      await audit(place.run, { unfinishedOk: true, temporariesMayStay: true });
      const again = await submit(place, newActor([]), CSV);
      mustHold(again.code === 'done', `given again, the run ended with ${again.text}`);
      await mustBeFinished();
      return ending?.code ?? 'killed';
    },
  };
}

/** An actor that can be stopped for ever, as a killed process is, or until it is let go, as one on a disk that hangs. */
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
