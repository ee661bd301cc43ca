// Whether what is printed may have colours: on a terminal, unless NO_COLOR says otherwise.

/** See https://no-color.org: any value but the empty one counts. */
export function useColour(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}
