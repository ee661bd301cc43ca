// How bash completes command lines of opcode: a script that knows them, and asks nobody.

import type { Tree, TypedCommand, Word } from "./tree.ts";

export function bashCompletion({ flags, commands }: Tree): string {
  return `# Completes command lines of opcode in bash.
_opcode() {
  local IFS=$' \\t\\n'
  # The words as they are typed: bash takes them apart at each = and colon.
  local words=() rest=\${COMP_LINE:0:COMP_POINT} at word
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    at=\${rest#"\${rest%%[![:blank:]]*}"}
    word=\${word:0:\${#at}}
    if [[ $at == "$rest" ]] && ((\${#words[@]})); then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    rest=\${at:\${#word}}
  done
  local cur=\${words[\${#words[@]}-1]} prev=\${words[\${#words[@]}-2]} n=\$((\${#words[@]} - 1))
  local command= flags= valued= choices= args=() count=0 i
  _opcode_knows ''
  for ((i = 1; i < n; i++)); do
    case \${words[i]} in
      -?*) [[ $valued != *" \${words[i]} "* ]] || ((++i)) ;;
      *) if [[ -n $command ]]; then
        ((++count))
      else
        command=\${words[i]}
        _opcode_knows "$command"
      fi ;;
    esac
  done
  COMPREPLY=()
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*} cur=\${cur#*=}
  elif [[ $valued != *" $prev "* ]]; then
    prev=
  fi
  # What a flag takes is completed as what it may be, or as a file.
  if [[ $prev == -* ]]; then
    _opcode_choices "$command $prev"
  elif [[ $cur == -* ]]; then
    choices=$flags
  else
    choices=\${args[count]-}
  fi
  COMPREPLY=($(compgen -W "$choices" -- "$cur"))
}
_opcode_knows() {
  case $1 in
    '') flags='${names(flags)} --help --version' valued='${valued(flags)}'
      args=('${commands.map(({ name }) => name).join(" ")}') ;;
${commands.map(caseOf).join("\n")}
    *) flags= valued= args=() ;;
  esac
}
_opcode_choices() {
  case $1 in
${commands.flatMap(choicesOf).join("\n")}
  esac
}
complete -o bashdefault -o default -F _opcode opcode
`;
}

const names = (flags: Word[]) => flags.map(({ flag }) => flag).join(" ");

/** With a blank around each, so that one is found as a whole. */
function valued(flags: Word[]): string {
  const found = flags.filter(({ needsValue }) => needsValue);
  return [" ", ...found.map(({ flag, short }) => `${allNames({ flag, short }).join(" ")} `)].join(
    "",
  );
}

function caseOf({ name, flags, args }: TypedCommand): string {
  const words = args.map(({ words }) => `'${words.join(" ")}'`).join(" ");
  return `    ${name}) flags='${names(flags)} --help' valued='${
    valued(flags)
  }'\n      args=(${words}) ;;`;
}

function choicesOf({ name, flags }: TypedCommand): string[] {
  return flags.filter(({ choices }) => choices.length > 0).map((word) => {
    const asked = allNames(word).map((one) => `'${name} ${one}'`).join("|");
    return `    ${asked}) choices='${word.choices.join(" ")}' ;;`;
  });
}

const allNames = ({ flag, short }: Pick<Word, "flag" | "short">) =>
  short === undefined ? [flag] : [flag, short];
