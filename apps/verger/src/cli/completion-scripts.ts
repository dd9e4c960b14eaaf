/** What a shell completes for one command. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  /** Long flags and their descriptions. */
  readonly flags: readonly {
    readonly flag: string;
    readonly takesValue: boolean;
    readonly description: string;
  }[];
  /** The values that its argument may have; none if it is a file or a folder. */
  readonly verbs: readonly string[];
  readonly takesArgument: boolean;
}

/** A word in single quotes for a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The bash script, for `source <(verger completion bash)`. It completes file names after an option with a
 * value and wherever no words are known.
 */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(
    ({ name, flags, verbs }) =>
      `    ${name}) words='${flags.map(({ flag }) => flag).join(' ')}'; values='${flags
        .filter(({ takesValue }) => takesValue)
        .map(({ flag }) => flag)
        .join(' ')}'; verbs='${verbs.join(' ')}' ;;`,
  );
  return `_verger() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local words='' values='' verbs=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names} help --help --version' -- "$current"))
    return
  fi
  case "$command" in
${cases.join('\n')}
    help) [ "$COMP_CWORD" -eq 2 ] && COMPREPLY=($(compgen -W '${names}' -- "$current")); return ;;
    *) return ;;
  esac
  case " $values " in *" $before "*) return ;; esac
  if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [ -n "$verbs" ] && [ "$COMP_CWORD" -eq 2 ]; then COMPREPLY=($(compgen -W "$verbs" -- "$current")); fi
}
complete -o default -F _verger verger`;
}

/** The zsh script, for a file `_verger` in a folder of $fpath. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const described = (name: string, text: string) => quoted(`${name}:${text.replaceAll(':', '\\:')}`);
  const inBrackets = (text: string) => text.replaceAll(/[[\]\\:]/g, '\\$&');
  const cases = commands.map(({ name, flags, verbs, takesArgument }) => {
    const specs = flags.map(({ flag, takesValue, description }) =>
      quoted(`${flag}[${inBrackets(description)}]${takesValue ? ':value:_files' : ''}`),
    );
    if (verbs.length > 0) specs.push(quoted(`1:word:(${verbs.join(' ')})`));
    else if (takesArgument) specs.push(quoted('1:place:_files'));
    return `    ${name}) _arguments ${specs.join(' ')} ;;`;
  });
  const known = [...commands, { name: 'help', summary: 'show the options of a command' }];
  return `#compdef verger
_verger() {
  local -a commands
  commands=(${known.map(({ name, summary }) => described(name, summary)).join(' ')})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
    help) _describe command commands ;;
  esac
}
if [ "$funcstack[1]" = "_verger" ]; then _verger "$@"; else compdef _verger verger; fi`;
}

/** The fish script, for a file `verger.fish` in fish's folder of completions. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = [
    'complete -c verger -n __fish_use_subcommand -f -a help -d "show the options of a command"',
    `complete -c verger -n '__fish_seen_subcommand_from help' -f -a ${fishQuoted(names)}`,
  ];
  for (const { name, summary, flags, verbs } of commands) {
    lines.push(`complete -c verger -n __fish_use_subcommand -f -a ${name} -d ${fishQuoted(summary)}`);
    const seen = `'__fish_seen_subcommand_from ${name}'`;
    if (verbs.length > 0) lines.push(`complete -c verger -n ${seen} -f -a ${fishQuoted(verbs.join(' '))}`);
    for (const { flag, takesValue, description } of flags) {
      const long = flag.replace(/^--/, '');
      lines.push(
        `complete -c verger -n ${seen} -l ${long}${takesValue ? ' -r' : ''} -d ${fishQuoted(description)}`,
      );
    }
  }
  return lines.join('\n');
}

const fishQuoted = (text: string) => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
