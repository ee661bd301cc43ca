// What an expression engine must offer to be fuzzed.

/** Numbers in [0, 1), the same ones again for the same seed. */
export type Random = () => number;

export interface FuzzTarget {
  /** The engine's name on the command line. */
  readonly name: string;
  /**
   * Loads the engine. What it answers makes one input from the random numbers, runs it, and throws
   * if the engine crashed, hung, answered what is no JSON, or let an expression reach a prototype;
   * an OpcodeError of the engine is an answer like another. The message must show the input.
   */
  load(): Promise<(random: Random) => void | Promise<void>>;
}
