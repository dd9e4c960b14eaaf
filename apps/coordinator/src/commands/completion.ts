import type { Command } from '../command.ts';
import { bashScript, type CompletedCommand, fishScript, zshScript } from '../completion-scripts.ts';
import { buildProgram } from '../program.ts';

/** The command line as it stands, for a shell. */
export function completedCommands(): CompletedCommand[] {
  const program = buildProgram('', () => {});
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    flags: [...command.options, ...(command.createHelp().visibleOptions(command).slice(-1) ?? [])]
      .filter((option, at, all) => all.findIndex(({ long }) => long === option.long) === at)
      .map((option) => ({
        flag: option.long ?? option.short ?? '',
        takesValue: option.required || option.optional,
        description: option.description,
      })),
    verbs: command.registeredArguments[0]?.argChoices ?? [],
    takesArgument: command.registeredArguments.length > 0,
  }));
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `verger completion SHELL`: prints the script that lets a shell complete commands, options and words, made from the command table. */
export const completion: Command = async ({ args, json, out }) => {
  const shell = args[0] as keyof typeof SCRIPTS;
  const script = SCRIPTS[shell](completedCommands());
  out.print(json ? JSON.stringify({ shell, script }, null, 1) : script);
  return 0;
};
