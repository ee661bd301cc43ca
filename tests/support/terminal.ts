// A command at a real pseudo-terminal: what it shows, and what a person types into it.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterwards, cleanEnv, type Cleanup } from "./daemon.ts";
import { cliCommand } from "./cli.ts";

/** Why there is no terminal to test with here; false where there is one. */
export const noTerminal: string | false = process.platform !== "linux"
  ? "the script command of Linux makes the terminal"
  : spawnSync("script", ["--version"]).status === 0
  ? false
  : "the script command is not installed";

export class Terminal {
  /** All that was shown so far. */
  shown = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #seen = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "close");
    child.stdout!.setEncoding("utf8").on("data", (text: string) => this.shown += text);
  }

  /** Waits until the text is shown, after what was waited for before. */
  async sees(text: string): Promise<void> {
    while (true) {
      const at = this.shown.indexOf(text, this.#seen);
      if (at >= 0) {
        this.#seen = at + text.length;
        return;
      }
      const more = once(this.#child.stdout!, "data");
      const ended = await Promise.race([more.then(() => false), this.#closed.then(() => true)]);
      if (ended) throw new Error(`ended without showing "${text}":\n${this.shown}`);
    }
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** The terminal goes away, as when its window is closed. */
  hangUp(): void {
    this.#child.kill("SIGKILL");
  }

  /** The command's exit code. */
  async ends(): Promise<number> {
    await this.#closed;
    return this.#child.exitCode ?? -1;
  }
}

/** Starts `opcode ARGS` at a terminal of its own. */
export function atTerminal(
  t: Cleanup,
  args: string[],
  env: Record<string, string>,
): Terminal {
  const { command, args: argv } = cliCommand(args);
  const line = [command, ...argv].map((word) => `'${word}'`).join(" ");
  return shellAtTerminal(t, `exec ${line}`, { env });
}

/** Starts a line of the shell at a terminal of its own, 80 columns wide. */
export function shellAtTerminal(
  t: Cleanup,
  line: string,
  options: { env: Record<string, string>; cwd?: string },
): Terminal {
  const sized = `stty cols 80 rows 24; ${line}`;
  const child = spawn("script", [
    "--quiet",
    "--flush",
    "--return",
    "--command",
    sized,
    "/dev/null",
  ], {
    env: cleanEnv({ TERM: "xterm", ...options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  afterwards(t, () => void child.kill("SIGKILL"));
  return new Terminal(child);
}

/** What is left on the screen in the end, line by line, without colours. */
export function screenOf(shown: string): string[] {
  return shown.split("\r\n").map((line) =>
    // deno-lint-ignore no-control-regex
    line.split("\r\x1b[K").at(-1)!.replaceAll(/\x1b\[[0-9;]*m/g, "")
  );
}
