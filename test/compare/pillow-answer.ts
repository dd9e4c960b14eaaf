import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const SCRIPT = fileURLToPath(new URL('./pillow.py', import.meta.url));

const answerSchema = z.strictObject({
  format: z.string().nullish(),
  mode: z.string().optional(),
  size: z.tuple([z.number(), z.number()]).optional(),
  /** Of 224×224 RGB pixels. */
  sha256: z.string().optional(),
  /** The same of the high bytes of a grey image of 16 bits. */
  high: z.string().optional(),
  /** The same of a grey GIF without its colour table. */
  grey: z.string().optional(),
  /** Base64 of the alpha of 224×224 pixels, of a TIFF whose colours are stored multiplied with it. */
  alpha: z.string().optional(),
  /** Tags of a TIFF, also where its pixels are refused. */
  tiff: z
    .strictObject({
      compression: z.number(),
      photometric: z.number(),
      planes: z.number(),
      isTiled: z.boolean(),
      bits: z.array(z.number()),
      sampleFormats: z.array(z.number()),
      subsampling: z.array(z.number()),
    })
    .optional(),
  /** Of a TIFF: whether libtiff wrote of an error that it passes over. */
  complained: z.boolean().optional(),
  /**
   * Of a small JPEG: by how many of 255 a sample changes, at most, when it is written once more with its own
   * tables.
   */
  rewritten: z.number().optional(),
  /** Of a JPEG: the share of its end that libjpeg filled up with mid-grey. */
  filled: z.number().optional(),
  /** Base64 of the pixels, where they may differ a little. */
  pixels: z.string().optional(),
  refused: z.string().optional(),
});

/** What Pillow makes of an image: pixels, or how it refuses it. */
export type PillowAnswer = z.infer<typeof answerSchema>;

/** A process that answers one file after the other. */
export interface Pillow {
  readonly version: string;
  look(file: string): Promise<PillowAnswer>;
  close(): void;
}

async function versionOf(python: string): Promise<string | undefined> {
  const child = spawn(python, [SCRIPT, '--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  return code === 0 ? text.trim() : undefined;
}

/** Starts Pillow in that Python; undefined where there is none, or no numpy. */
export async function openPillow(python: string): Promise<Pillow | undefined> {
  const version = await versionOf(python);
  if (version === undefined) return undefined;
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();
  const ask = async (file: string): Promise<PillowAnswer> => {
    child.stdin.write(`${JSON.stringify(file)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`Python ended at ${file}`);
    return answerSchema.parse(JSON.parse(value));
  };
  return {
    version,
    look: (file) => {
      const answer = turn.then(() => ask(file));
      turn = answer.catch(() => {});
      return answer;
    },
    close: () => void child.stdin.end(),
  };
}
