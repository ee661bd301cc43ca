// What an expression engine, or the REST API, must offer to be fuzzed.

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
  /** How many inputs are under way at once; one when absent. */
  readonly atOnce?: number;
  /** What is to be made sure of once all are through; throws what is not so. */
  end?(): Promise<void>;
}
