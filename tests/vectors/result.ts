// What a run over a file of conformance cases says.

export interface VectorResult {
  file: string;
  passed: number;
  total: number;
  /** A line for each case that did not pass. */
  misses: string[];
}
