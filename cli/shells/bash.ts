// How bash completes command lines of opcode: a script that knows them, and asks nobody.

import type { Tree, TypedCommand, Word } from "./tree.ts";

export function bashCompletion({ flags, commands }: Tree): string {
  const names = commands.map(({ name }) => name).join(" ");
  const valued = flags.filter(({ needsValue }) => needsValue).map(({ flag }) => flag).join("|");
  return `# Completes command lines of opcode in bash.
_opcode() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command= flags= verbs= at i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${valued}) ((i++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]} at=$i; break ;;
    esac
  done
  case $command in
    '') flags='${
    flags.map(({ flag }) => flag).join(" ")
  } --help --version' verbs='${names}' at=$((COMP_CWORD - 1)) ;;
${commands.map(caseOf).join("\n")}
    *) return ;;
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif ((COMP_CWORD == at + 1)) && [[ -n $verbs ]]; then
    COMPREPLY=($(compgen -W "$verbs" -- "$cur"))
  fi
}
complete -o bashdefault -o default -F _opcode opcode
`;
}

function caseOf({ name, flags, verbs }: TypedCommand): string {
  const words = flags.map(({ flag }) => flag).join(" ");
  const values = flags.filter(({ needsValue }) => needsValue);
  const said = [`flags='${words} --help' verbs='${verbs.join(" ")}'`];
  // What a flag takes is completed as what it may be, or as a file.
  if (values.length > 0) {
    said.push(`case $prev in\n${values.map(valueCase).join("\n")}\n      esac`);
  }
  return `    ${name}) ${said.join("\n      ")} ;;`;
}

function valueCase({ flag, short, choices }: Word): string {
  const names = short === undefined ? flag : `${flag}|${short}`;
  const chosen = choices.length === 0
    ? ""
    : `COMPREPLY=($(compgen -W '${choices.join(" ")}' -- "$cur")); `;
  return `        ${names}) ${chosen}return ;;`;
}
