// Whether the checker finds runs that end wrongly, or do not end, or forget.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "./build.ts";
import { chain, finds, own, whole } from "./faults.ts";
import { checkProgress } from "./progress.ts";
import { act } from "./steps.ts";

finds(
  "a run that completes before its steps",
  /workflow_completed\): not all steps are settled/,
  () => new Log(chain).run().done("a").completeRun(null),
);

finds(
  "a run's output that is not its sink's",
  /workflow_completed\): its output is/,
  () => new Log(chain).run().done("a").done("b").completeRun(own("a")),
);

finds(
  "a run that has nothing of the fallback of its last step",
  /workflow_completed\): its output is null instead of/,
  () =>
    new Log([
      act("a", { behave: "fail" }, {
        on_error: { strategy: "fallback_step", fallback_step: "f" },
      }),
      act("f"),
    ]).run().start("a")
      .add("error_handler_invoked", "a", { strategy: "fallback_step" })
      .add("step_fallback", "a", { original_step: "a", fallback_step: "f" }).fail("a")
      .done("f").completeRun(null),
);

finds(
  "a run that completes over a failure that nothing handled",
  /not all steps are settled/,
  () => new Log([act("a", { behave: "fail" })]).run().start("a").fail("a").completeRun(null),
);

finds(
  "a run that ends without its hook",
  /its hook h is pending/,
  () => new Log({ steps: [act("a")], on_complete: act("h") }).run().done("a").completeRun(own("a")),
);

finds(
  "a run at rest with nothing to wait for",
  /the run is suspended and waits for nothing/,
  () => new Log(chain).run().done("a").add("workflow_suspended"),
);

finds(
  "a step that could begin and does not",
  /b could begin and has not/,
  () => new Log(chain).run().done("a").add("workflow_suspended"),
);

finds(
  "an active run at rest",
  /the run is active, and nothing moves/,
  () => new Log(chain).run().start("a"),
);

test("a log that lost or changed an event between two readings", () => {
  const log = new Log(chain).run().done("a");
  const before = log.evidence().record;
  const after = whole().evidence().record;
  assert.deepEqual(checkProgress(before, after), []);
  assert.match(checkProgress(after, before).join(), /event 4 \(step_started\) is gone/);
  const events = after.events.map((event) => event.seq === 2 ? { ...event, payload: "{}" } : event);
  assert.match(checkProgress(before, { ...after, events }).join(), /event 2 was step_started/);
});
