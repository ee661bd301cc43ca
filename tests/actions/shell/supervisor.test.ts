// Whether what outlives its daemon is ended, and how long it has for that.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { createSupervisor } from "../../../actions/shell/supervisor.ts";
import { assertGroupDies } from "../../support/processes.ts";

test("the grace that was said last counts", async (t) => {
  const program = spawn(
    "/bin/sh",
    ["-c", "trap '' TERM; echo ready; sleep 600 & wait; sleep 600"],
    {
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  t.after(() => {
    try {
      process.kill(-program.pid!, "SIGKILL");
    } catch {
      // As it should be.
    }
  });
  await once(program.stdout, "data");
  const supervisor = createSupervisor(600_000);
  supervisor.begun({ leader: program.pid!, tag: "-" });
  supervisor.grace(100);
  supervisor.close();
  await assertGroupDies(program.pid!);
});
