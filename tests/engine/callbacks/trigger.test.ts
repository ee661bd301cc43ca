// Whether `triggers.notify` is checked with its template, and what it may not be is refused where it stands.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readNotify, storedNotify } from "../../../engine/callbacks/trigger.ts";
import type { Json } from "../../../core/json.ts";
import { TriggerFaults } from "../../../engine/trigger-faults.ts";
import { openTestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const NOTIFY = { url: "https://receiver.test/in?x=1", events: ["completed"], secret: "S" };
const AT = "triggers.notify";

const BAD: Record<string, [Json, string, RegExp]> = {
  "no object": [[NOTIFY], AT, /must be an object/],
  "an unknown member": [{ ...NOTIFY, urls: 1 }, `${AT}.urls`, /did you mean "url"/],
  "no url": [{ events: ["failed"], secret: "S" }, `${AT}.url`, /is required/],
  "no events": [{ url: "https://x.test/", secret: "S" }, `${AT}.events`, /is required/],
  "no secret": [{ url: "https://x.test/", events: ["failed"] }, `${AT}.secret`, /is required/],
  "an empty list of events": [
    { ...NOTIFY, events: [] },
    `${AT}.events`,
    /must be an array of some/,
  ],
  "an event that there is not": [
    { ...NOTIFY, events: ["failed", "complete"] },
    `${AT}.events[1]`,
    /did you mean "completed"/,
  ],
  "an event twice": [{ ...NOTIFY, events: ["failed", "failed"] }, `${AT}.events[1]`, /already/],
  "a secret that is none's name": [{ ...NOTIFY, secret: "a b" }, `${AT}.secret`, /the name of/],
};
for (
  const url of [
    ...["ftp://x.test/", "/relative", "https://", "https://u:p@x.test/", "https://u@x.test/"],
    ...["https://x.test/\n", " https://x.test/", "javascript:1", "file:///etc/passwd", 5 as Json],
  ]
) BAD[`the url ${JSON.stringify(url)}`] = [{ ...NOTIFY, url }, `${AT}.url`, /absolute http/];

BAD["a url with a token in it"] = [
  { ...NOTIFY, url: "https://${{secrets.X}}.test/" },
  `${AT}.url`,
  /taken as it stands/,
];

for (const [what, [notify, path, rule]] of Object.entries(BAD)) {
  test(`${what} is refused`, () => {
    const faults = new TriggerFaults();
    assert.equal(readNotify(notify, faults), null);
    assert.equal(faults.found[0]!.details!.path, path);
    assert.match(faults.found[0]!.message, rule);
  });
}

test("what another version has stored, and is none to this one, is none", () => {
  assert.equal(storedNotify(null), null);
  assert.equal(storedNotify('{"cron":[]}'), null);
  assert.equal(storedNotify('{"notify":{"url":"x"}}'), null);
  assert.deepEqual([...storedNotify(JSON.stringify({ notify: NOTIFY }))!.events], ["completed"]);
});

test("an agent that may not send the like itself may not have it sent, and a lacking secret is warned of", async () => {
  const rights = { templates: ["*"], decide: "own" as const };
  const engine = await openTestEngine({
    secrets: new TestVault({}),
    agents: { quiet: { ...rights, allow: ["test.*"] }, loud: { ...rights, allow: ["*"] } },
  });
  const request = (agent_id: string) => ({
    name: "w",
    agent_id,
    definition: { steps: [{ id: "a", action: "test.echo" }] },
    triggers: { notify: NOTIFY },
  });
  await assert.rejects(engine.opcode.as("quiet").define(request("quiet")), {
    code: "PERMISSION_DENIED",
    message: /may not use the action http.post/,
  });
  const { warnings } = await engine.opcode.as("loud").define(request("loud"));
  assert.equal(warnings![0]!.path, "triggers.notify.secret");
});
