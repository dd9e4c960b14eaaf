import { asVergerError, type EngineName, ERRORS } from '@verger/core';
import { indent } from '../print/text.ts';

/** Whether `--precision int8` can be used on this machine. It is no condition for running verger. */
export interface Int8Check {
  readonly usable: boolean;
  /** Instructions of the CPU, or why int8 cannot be used. */
  readonly detail: string;
  readonly next?: string;
}

/** What `checkInt8` asks. */
export interface Int8Questions {
  /** Rejects when the engine does not compute int8 exactly here. */
  readonly prove: () => Promise<void>;
  /** What the CPU says of itself. */
  readonly instructions: () => string;
}

/** Asks the engine for its proof of int8. Cost: 5 ms. */
export async function checkInt8({ prove, instructions }: Int8Questions): Promise<Int8Check> {
  try {
    await prove();
  } catch (thrown) {
    const { code, message } = asVergerError(thrown);
    return { usable: false, detail: `${code}: ${message}`, next: ERRORS[code].next };
  }
  return { usable: true, detail: `${instructions()}: --precision int8 can be used` };
}

/** `checkInt8` with the engine and the CPU of this machine; loads onnxruntime, which may fail, too. */
export async function checkInt8Here(): Promise<Int8Check> {
  const { thisInt8Instructions } = await import('@verger/features/weights');
  return await checkInt8({
    prove: async () => await (await import('@verger/features')).proveInt8(),
    instructions: () => thisInt8Instructions().text,
  });
}

/**
 * The line of `doctor`: `no` in small letters, because only int8 is refused. Another engine that is chosen does
 * not compute int8.
 */
export function int8Text({ usable, detail, next }: Int8Check, engine: EngineName): string {
  const which = engine === 'onnxruntime' ? '' : ' (with onnxruntime)';
  const line = `${usable ? 'ok' : 'no'}  int8      ${detail}${which}`;
  return next === undefined ? line : `${line}\n${indent(`→ ${next}`, 14)}`;
}
