// What becomes of a command whose reader has gone: `opcode … | head` has seen enough.

/** As a shell reports a program that ended by SIGPIPE. */
const READER_GONE = 141;

/** Ends the process quietly once nobody reads its output, or what it says beside it. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ended);
}

/** For commands that have something to do without a reader, and tell for themselves. */
export function outliveReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.off("error", ended);
}

function ended(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(READER_GONE);
  throw error;
}
