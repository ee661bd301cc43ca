// What is said of flags that npm took for its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keptByNpm } from "../../cli/npm-flags.ts";

test("a flag that npm kept is told with the command line that hands it on", () => {
  const env = { npm_lifecycle_event: "start", npm_config_listen_addr: "true" };
  assert.equal(
    keptByNpm(env),
    "npm took --listen-addr for itself: flags of the daemon stand behind --, as in " +
      "npm start -- --listen-addr VALUE",
  );
  assert.equal(keptByNpm({ ...env, npm_lifecycle_event: "test" }), undefined);
  assert.equal(keptByNpm({ npm_lifecycle_event: "start", npm_config_cache: "/x" }), undefined);
});
