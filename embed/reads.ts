// Which members of its variables a program reads, as far as its text tells.

/** Of one variable: the members that are read, or all of it. */
export type Members = ReadonlySet<string> | "all";

/** Of each variable that is read; what is not in it, the program cannot tell from nothing. */
export type Reads = ReadonlyMap<string, Members> | "all";

/** Undefined when nothing of the variable is read. */
export function membersOf(reads: Reads, variable: string): Members | undefined {
  return reads === "all" ? reads : reads.get(variable);
}
