// What a person types becomes a command and an exit code.

import { asksVersion } from "./asks-version.ts";
import { endWithReader } from "./closed-pipes.ts";
import { VERSION } from "./version.ts";

async function main(argv: string[]): Promise<number> {
  if (asksVersion(argv)) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const { keepCompiled } = await import("./compile-cache.ts");
  keepCompiled();
  const { runProgram } = await import("./run-program.ts");
  return runProgram(argv);
}

endWithReader();
// A command that is given up because nothing could ever finish it has not succeeded.
process.exitCode = 1;
main(process.argv.slice(2)).then((code) => process.exitCode = code);
