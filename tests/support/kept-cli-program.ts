// The process of kept-cli.ts: runs a command line whenever it is sent one, and answers its code and what it wrote.

import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";

// As where the program itself is started: what it tells to type begins with its file.
process.argv.splice(1, 1);
const { runProgram } = await import("../../cli/run-program.ts");

process.on("message", async (args: string[]) => {
  const [stdout, stderr] = [captured("stdout"), captured("stderr")];
  const code = await runProgram(args);
  process.send!({ code, stdout: await stdout.end(), stderr: await stderr.end() });
});
process.on("disconnect", () => process.exit());
process.send!("ready");

/** Stands in for the stream, no terminal as a pipe is none, until it is ended. */
function captured(name: "stdout" | "stderr"): { end(): Promise<string> } {
  const own = Object.getOwnPropertyDescriptor(process, name)!;
  const pipe = new PassThrough();
  const all = text(pipe);
  Object.defineProperty(process, name, { ...own, get: () => pipe });
  return {
    async end() {
      Object.defineProperty(process, name, own);
      pipe.end();
      return await all;
    },
  };
}
