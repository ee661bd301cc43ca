// What every shell offers at the end of a line, whichever shell it is.

/** Files in the directory where the lines are typed. */
export const FILES = ["flow.json", "picture.png"];

export const OFFERS: readonly (readonly [line: string, offered: readonly string[], why: string])[] =
  [
    ["opcode serv", ["serve", "service"], "a command"],
    ["opcode service st", ["start", "status", "stop"], "a verb"],
    ["opcode service start st", [], "one verb is enough"],
    ["opcode completion bash z", [], "one shell is enough"],
    ["opcode nonsense --", [], "nothing is known of it"],
    ["opcode --url http://a:1/ serv", ["serve", "service"], "a command after a value with colons"],
    ["opcode --json service re", ["restart"], "after a flag of all commands"],
    ["opcode --url http://[::1]:4100 service re", ["restart"], "after a value with colons"],
    ["opcode --url=http://a:1/?b=c service re", ["restart"], "after a value in the same word"],
    ["opcode service --lines 5 l", ["logs"], "after a flag with a value"],
    [`opcode --agent "it's" --url 'a "b"' service re`, ["restart"], "after quoted values"],
    ["opcode service --fo", ["--follow"], "a flag before the verb"],
    ["opcode service logs --fo", ["--follow"], "a flag after the verb"],
    [
      "opcode service logs --",
      ["--check", "--follow", "--help", "--json", "--lines", "--url"],
      "a verb that is a command's name does not bring the flags of that",
    ],
    ["opcode update --fi", [], "a flag of nobody's"],
    ["opcode run x --param a=1 --par", ["--param", "--params"], "a flag that repeats"],
    ["opcode mcp --names ", ["dots", "underscore"], "the words a flag takes"],
    ["opcode mcp --names=", ["dots", "underscore"], "the same in one word"],
    ["opcode mcp --names=d", ["dots"], "the same in one word, begun"],
    ["opcode mcp --names dots a", ["add"], "after them"],
    ["opcode mcp add c", ["claude", "codex", "cursor"], "a second argument"],
    ["opcode signal 0a1b re", ["retry"], "a second argument behind any"],
    ["opcode help serv", ["serve", "service"], "a command as an argument"],
    ["opcode query ev", ["events"], "a resource"],
    ["opcode decision ", ["link", "unlink"], "verbs of decision"],
    ["opcode schedule ba", ["backfill"], "verbs of schedule"],
    ["opcode schedule create x --catch-up ", ["all", "none", "one"], "a policy"],
    ["opcode hooks l", ["list", "log"], "verbs of hooks"],
    ["opcode callbacks list --status ", ["given_up", "waiting"], "a status"],
    ["opcode logs --level w", ["warn"], "a level"],
    ["opcode serve --log-level=w", ["warn"], "a setting"],
    ["opcode install --shell-root re", ["read_only"], "a setting of the installation"],
    ["opcode serve --panel=", ["false", "true"], "a setting that may stand alone"],
    ["opcode diagram x --format m", ["mermaid"], "a format"],
    ["opcode diagram x -o pic", ["picture.png"], "a file for a flag in short"],
    ["opcode diagram x --output pic", ["picture.png"], "a file for a flag"],
    ["opcode define fl", ["flow.json"], "a file as an argument"],
  ];
