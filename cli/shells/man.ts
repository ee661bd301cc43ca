// The manual page, made of what the commands say of themselves.

import type { Tree, TypedCommand, Word } from "./tree.ts";

const EXIT_CODES: [code: string, what: string][] = [
  ["0", "done"],
  ["1", "asked well, and failed"],
  ["2", "what was typed has to change"],
  ["3", "the run is suspended: it waits for somebody"],
  ["4", "no daemon could be asked, or it was lost on the way"],
  ["124", "the --timeout of wait is over"],
  ["130", "interrupted"],
  ["141", "whoever read the output has gone"],
  ["143", "a second SIGTERM forced serve to stop"],
];

const VARIABLES: [name: string, what: string][] = [
  ["OPCODE_HOME", "the data directory, ~/.opcode without it"],
  ["OPCODE_URL", "the daemon that commands ask, instead of that of the data directory"],
  ["OPCODE_VAULT_KEY_FILE", "a file with the vault's key"],
  ["OPCODE_AGENT_TOKEN_FILE", "a file with the token of the agent that asks"],
  ["NO_COLOR", "no colours"],
];

const FILES: [name: string, what: string][] = [
  ["~/.opcode/settings.json", "the settings"],
  ["~/.opcode/opcode.db", "the database"],
  ["~/.opcode/daemon.log", "what a daemon in the background logs"],
];

export function manPage({ about, flags, commands }: Tree, version: string): string {
  return [
    `.TH OPCODE 1 "" "opcode ${plain(version)}" "opcode"`,
    ".SH NAME",
    "opcode \\- the execution layer for AI agents",
    ".SH SYNOPSIS",
    ".B opcode",
    "[\\fIflags\\fR] \\fIcommand\\fR [\\fIarguments\\fR]",
    ".SH DESCRIPTION",
    line(about),
    "Without a command it is",
    ".BR serve .",
    ".SH FLAGS OF ALL COMMANDS",
    ...flags.flatMap(flagLines),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ".SH ENVIRONMENT",
    "Each setting has a variable: OPCODE_ and its name in capitals, with _ for a dot.",
    ...pairs(VARIABLES),
    ".SH FILES",
    ...pairs(FILES),
    ".SH EXIT STATUS",
    ...pairs(EXIT_CODES),
    "",
  ].join("\n");
}

function commandLines({ usage, about, flags, examples }: TypedCommand): string[] {
  return [
    `.SS ${plain(usage)}`,
    line(about),
    ...flags.flatMap(flagLines),
    ...(examples.length === 0 ? [] : [
      ".PP",
      "Examples:",
      ".PP",
      ".nf",
      ...examples.map((example) => line(`    opcode ${example}`)),
      ".fi",
    ]),
  ];
}

function flagLines({ flag, short, value, about }: Word): string[] {
  const names = [short, flag].filter((name) => name !== undefined).map(plain).join(", ");
  return [".TP", `\\fB${names}\\fR ${plain(value)}`.trimEnd(), line(about)];
}

function pairs(list: readonly [string, string][]): string[] {
  return list.flatMap(([name, what]) => [".TP", `\\fB${plain(name)}\\fR`, line(what)]);
}

/** A line of text, never taken for a request. */
function line(text: string): string {
  const safe = plain(text);
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...")
    .replaceAll("`", "\\(ga").replaceAll("^", "\\(ha").replaceAll("~", "\\(ti")
    .replaceAll(
      /[^ -~]/gu,
      (sign) => `\\[u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}
