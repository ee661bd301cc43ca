// How zsh completes command lines of opcode: a function for a directory of its `fpath`.

import { inShort, type Tree, type TypedCommand, type Word } from "./tree.ts";

export function zshCompletion({ flags, commands }: Tree): string {
  return `#compdef opcode
# Completes command lines of opcode in zsh.
_opcode() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands=(
${commands.map(({ name, about }) => `    ${literal(`${name}:${inShort(about)}`)}`).join("\n")}
  )
  _arguments -C \\
${flags.map((word) => `    ${spec(word)} \\`).join("\n")}
    '--help[print the help]' '--version[print the version]' \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest)
      case $words[1] in
${commands.map(caseOf).join("\n")}
      esac ;;
  esac
}
_opcode "$@"
`;
}

function caseOf({ name, flags, verbs, takesFile }: TypedCommand): string {
  const first = verbs.length > 0
    ? `1:verb:(${verbs.join(" ")})`
    : takesFile
    ? "1:file:_files"
    : "1: :";
  const specs = [
    ...flags.map(spec),
    "'--help[print the help of the command]'",
    literal(first),
    "'*: :'",
  ];
  return `        ${name}) _arguments ${specs.join(" ")} ;;`;
}

function spec({ flag, about, value, needsValue, choices }: Word): string {
  const said = inShort(about).replaceAll(/[[\]\\]/g, "\\$&");
  if (!needsValue) return literal(`${flag}[${said}]`);
  const what = value.replaceAll(/[<>[\]]/g, "") || "value";
  const action = choices.length > 0 ? `(${choices.join(" ")})` : "_files";
  return literal(`${flag}=[${said}]:${what}:${action}`);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
