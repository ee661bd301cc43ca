// What stands before every program: what it may not ask for, and errors that name the types.

/** Functions that read more input, the process or other files. */
const CLOSED = [
  "input",
  "inputs",
  "debug",
  "debug(f)",
  "stderr",
  "input_filename",
  "input_line_number",
  "modulemeta",
  "get_search_list",
];

/** Functions of texts whose own complaints name neither what was given nor always themselves. */
const OF_TEXT = ["trim", "ltrim", "rtrim", "fromjson"];
const WITH_TEXT = ["startswith", "endswith", "trimstr"];

const DEFINITIONS = [
  ...CLOSED.map((head) => `def ${head}: error("${head.split("(")[0]} is not available here");`),
  // What ends a program cannot be caught, and is a failure of it.
  'def halt: "halt is not available here" | halt_error;',
  'def _shown: if . == null then "null" else "\\(type) (\\(tojson))" end;',
  ...OF_TEXT.flatMap((name) => [
    `def _${name}: ${name};`,
    `def ${name}: if type == "string" then _${name}`,
    `else error("${name} cannot be applied to: \\(_shown)") end;`,
  ]),
  ...WITH_TEXT.flatMap((name) => [
    `def _${name}($x): ${name}($x);`,
    `def ${name}($x): if type == "string" and ($x | type) == "string" then _${name}($x)`,
    `else error("${name}(\\($x | tojson)) cannot be applied to: \\(_shown)") end;`,
  ]),
];

const NO_TIME = 'error("there is no time here")';

const PRELUDE = DEFINITIONS.join(" ");

/**
 * What stands before a program that is run at a moment, epoch ms. All in the program's first line, so
 * that the numbers of lines stay right.
 */
export function preludeAt(now: number | undefined): string {
  const time = now === undefined ? NO_TIME : String(now / 1_000).padEnd(NO_TIME.length);
  return `${PRELUDE} def now: ${time}; `;
}

/** The same for programs of several moments: the one at hand stands in `variable`, null where there is none. */
export function preludeOf(variable: string): string {
  return `${PRELUDE} def now: if ${variable} == null then ${NO_TIME} else ${variable} end; `;
}

/** Characters before every program. */
export const PRELUDE_LENGTH = preludeAt(undefined).length;
