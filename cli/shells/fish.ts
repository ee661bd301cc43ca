// How fish completes command lines of opcode.

import { inShort, type Tree, type TypedCommand, type Word } from "./tree.ts";

export function fishCompletion({ flags, commands }: Tree): string {
  const all = [...flags, ...commands.flatMap((command) => command.flags)];
  const valued = all.filter(({ needsValue }) => needsValue)
    .flatMap(({ flag, short }) => short === undefined ? [flag] : [flag, short]);
  const lines = [
    ...flags.map((word) => `${when("")} ${spec(word)}`),
    `${when("")} -l help -d 'print the help'`,
    `${when("")} -l version -d 'print the version'`,
    ...commands.flatMap(linesOf),
  ];
  return `# Completes command lines of opcode in fish.
# The words before the cursor that are neither flags nor what a flag takes.
function __opcode_words
  set -l words (commandline -opc)
  set -e words[1]
  set -l isValue 0
  for word in $words
    if test $isValue = 1
      set isValue 0
    else if contains -- $word ${[...new Set(valued)].join(" ")}
      set isValue 1
    else if not string match -qr -- '^-.' $word
      echo $word
    end
  end
end
# Whether this is the command that is typed; with a number: and so many words are.
function __opcode_is
  set -l words (__opcode_words)
  test "$words[1]" = "$argv[1]"; or return
  test (count $argv) = 1; or test (count $words) = $argv[2]
end
complete -c opcode -f
${lines.map((line) => `complete -c opcode ${line}`).join("\n")}
`;
}

/** The condition that a command, or none, is typed, and the cursor at its argument of this number. */
function when(command: string, at?: number): string {
  const words = at === undefined ? "" : ` ${at}`;
  return `-n ${literal(`__opcode_is ${command === "" ? '""' : command}${words}`)}`;
}

function linesOf({ name, about, flags, args }: TypedCommand): string[] {
  return [
    `${when("")} -a ${name} -d ${literal(inShort(about))}`,
    ...args.flatMap((arg, at) => {
      if (arg.words.length > 0) return [`${when(name, at + 1)} -a ${literal(arg.words.join(" "))}`];
      return arg.name === "file" ? [`${when(name, at + 1)} -F`] : [];
    }),
    ...flags.map((word) => `${when(name)} ${spec(word)}`),
    `${when(name)} -l help -d 'print the help of the command'`,
  ];
}

function spec({ flag, short, about, needsValue, choices }: Word): string {
  const words = choices.length > 0 ? ` -a ${literal(choices.join(" "))}` : "";
  const takes = !needsValue ? words : words === "" ? " -r -F" : ` -x${words}`;
  const letter = short === undefined ? "" : ` -s ${short.slice(1)}`;
  return `-l ${flag.slice(2)}${letter}${takes} -d ${literal(inShort(about))}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
