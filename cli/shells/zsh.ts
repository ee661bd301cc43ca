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
${flags.flatMap(specs).map((spec) => `    ${spec} \\`).join("\n")}
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
# Where it is read as a file of its own, it is not asked yet.
if [[ $funcstack[1] == _opcode ]]; then _opcode "$@"; else compdef _opcode opcode; fi
`;
}

function caseOf({ name, flags, args }: TypedCommand): string {
  const positions = args.map(({ name, words }, at) => {
    if (words.length > 0) return `${at + 1}:${name}:(${words.join(" ")})`;
    return `${at + 1}: :${name === "file" ? "_files" : ""}`;
  });
  const all = [
    ...flags.flatMap(specs),
    "'--help[print the help of the command]'",
    ...positions.map(literal),
    "'*: :'",
  ];
  return `        ${name}) _arguments ${all.join(" ")} ;;`;
}

/** The flag by each of its names: one of them takes the other away, unless it may be repeated. */
function specs({ flag, short, about, value, needsValue, repeats, choices }: Word): string[] {
  const said = `[${inShort(about).replaceAll(/[[\]\\]/g, "\\$&")}]`;
  const before = repeats ? "*" : short === undefined ? "" : `(${short} ${flag})`;
  const what = value.replaceAll(/[<>[\]]/g, "") || "value";
  const action = choices.length > 0 ? `(${choices.join(" ")})` : "_files";
  const [long, brief, takes] = needsValue
    ? ["=", "+", `:${what}:${action}`]
    : value === ""
    ? ["", "", ""]
    : ["=-", "-", `::${what}:${action}`];
  const all = [`${before}${flag}${long}${said}${takes}`];
  if (short !== undefined) all.push(`${before}${short}${brief}${said}${takes}`);
  return all.map(literal);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
