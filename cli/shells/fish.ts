// How fish completes command lines of opcode.

import { inShort, type Tree, type TypedCommand, type Word } from "./tree.ts";

export function fishCompletion({ flags, commands }: Tree): string {
  return [
    "# Completes command lines of opcode in fish.",
    "complete -c opcode -f",
    ...flags.map((word) => `complete -c opcode ${spec(word)}`),
    ...commands.flatMap(linesOf),
    "",
  ].join("\n");
}

function linesOf({ name, about, flags, verbs, takesFile }: TypedCommand): string[] {
  const when = `-n ${literal(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `complete -c opcode -n __fish_use_subcommand -a ${name} -d ${literal(inShort(about))}`,
    ...(takesFile ? [`complete -c opcode ${when} -F`] : []),
    ...(verbs.length === 0 ? [] : [`complete -c opcode ${when} -a ${literal(verbs.join(" "))}`]),
    ...flags.map((word) => `complete -c opcode ${when} ${spec(word)}`),
  ];
}

function spec({ flag, short, about, needsValue, choices }: Word): string {
  const takes = !needsValue
    ? ""
    : choices.length > 0
    ? ` -x -a ${literal(choices.join(" "))}`
    : " -r -F";
  const letter = short === undefined ? "" : ` -s ${short.slice(1)}`;
  return `-l ${flag.slice(2)}${letter}${takes} -d ${literal(inShort(about))}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
