/** Programs on a PATH of their own whose answers the test gives: they ask it through a socket. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** One call of a program. */
export interface CommandCall {
  readonly program: string;
  readonly args: readonly string[];
  /** Standard input of a call with `--password-stdin`; else empty. */
  readonly input: string;
}

/** What it prints, to stderr if it fails. */
export interface CommandAnswer {
  readonly code: number;
  readonly text: string;
}

/** A server and a folder of programs. */
export interface Commands {
  /** To be put first in PATH. */
  readonly folder: string;
  /** All calls so far, oldest first. */
  readonly calls: readonly CommandCall[];
  close(): Promise<void>;
}

const script = (socket: string) => `#!/bin/bash
input=''
case " $* " in *' --password-stdin '*) input=$(cat) ;; esac
reply=$(printf '%s\\0' "$input" "\${0##*/}" "$@" |
  curl -s --noproxy '*' --unix-socket ${socket} --data-binary @- http://test/)
[ "\${reply##*$'\\n'}" = 0 ] || exec 1>&2
printf '%s\\n' "\${reply%$'\\n'*}"
exit "\${reply##*$'\\n'}"
`;

/** Makes the programs in a new folder below `place`. Whatever `answer` throws ends the call with 99. */
export async function fakeCommands(
  place: string,
  programs: readonly string[],
  answer: (call: CommandCall) => Promise<CommandAnswer>,
): Promise<Commands> {
  const calls: CommandCall[] = [];
  const folder = join(place, 'bin');
  const socket = join(place, 'commands.sock');
  await mkdir(folder, { recursive: true });
  for (const program of programs) await writeFile(join(folder, program), script(socket), { mode: 0o755 });
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const [input = '', program = '', ...args] = Buffer.concat(pieces).toString().split('\0').slice(0, -1);
      const call = { program, args, input };
      calls.push(call);
      answer(call).then(
        ({ code, text }) => response.end(`${text}\n${code}`),
        (error: unknown) => response.end(`${String(error)}\n99`),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    folder,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The value that follows an option; undefined without it. */
export function optionOf({ args }: CommandCall, name: string): string | undefined {
  const index = args.indexOf(name);
  return index < 0 ? undefined : args[index + 1];
}
