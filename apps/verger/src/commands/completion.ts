import type { Command as CommanderCommand } from 'commander';
import { type Command, show } from '../cli/command.ts';
import { bashScript, type CompletedCommand, fishScript, zshScript } from '../cli/completion-scripts.ts';

/** The commands and options that a shell completes. */
export function completedCommands(program: CommanderCommand): CompletedCommand[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    flags: [
      ...command.options.map((option) => ({
        flag: option.long ?? option.short ?? '',
        takesValue: option.required || option.optional,
        description: option.description,
      })),
      { flag: '--help', takesValue: false, description: 'show the options of the command, with examples' },
    ],
    verbs: command.registeredArguments[0]?.argChoices ?? [],
    takesArgument: command.registeredArguments.length > 0,
  }));
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `verger completion SHELL`: prints the script that completes commands, options and values. */
export function completionOf(program: CommanderCommand): Command {
  return async (input) => {
    const shell = input.args[0] as keyof typeof SCRIPTS;
    const script = SCRIPTS[shell](completedCommands(program));
    show(input, { shell, script }, () => script);
    return 0;
  };
}
