// How what was typed becomes what the parser knows: `-panel` as `--panel`, `--json=false` as nothing.

/** Flags of ours that take no value; elsewhere `--x=bool` is a value like any other. */
const SWITCHES = ["--json", "--follow", "--wait"];

/** One or two dashes before a long name mean the same; what follows `--` is left alone. */
export function normalised(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  return [...flags.map(twoDashes).flatMap(switched), ...(end < 0 ? [] : argv.slice(end))];
}

function twoDashes(word: string): string {
  return /^-[a-z][\w-]+(=|$)/i.test(word) ? `-${word}` : word;
}

function switched(word: string): string[] {
  const [, name, value] = /^(--[a-z-]+)=(true|false|1|0)$/.exec(word) ?? [];
  if (name === undefined || !SWITCHES.includes(name)) return [word];
  if (value === "true" || value === "1") return [name];
  return name === "--wait" ? ["--no-wait"] : [];
}
