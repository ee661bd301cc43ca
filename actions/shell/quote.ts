// How arguments are appended to a line for /bin/sh without being read by it.

/** The line as it is, and each argument as one word. */
export function shellLine(command: string, args: readonly string[]): string {
  return [command, ...args.map(quoted)].join(" ");
}

/** Plain words stay readable; anything else stands in single quotes. */
function quoted(arg: string): string {
  if (/^[\w@%+:,./-]+$/.test(arg)) return arg;
  return `'${arg.replaceAll("'", `'\\''`)}'`;
}
