// Which tools there are, in the order in which they are listed: the one copy that tests compare with.

/** What each is called without its prefix. */
export const TOOL_VERBS = ["define", "diagram", "query", "run", "signal", "status"];

/** The six tools as listed. */
export const TOOL_NAMES = TOOL_VERBS.map((name) => `opcode.${name}`);

/** Those that change nothing, and say so. */
export const READERS = ["opcode.diagram", "opcode.query", "opcode.status"];
