// Whether the id of an event is read back from what somebody kept, and compared.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BEGINNING, justBefore, later, parseEventId } from "../../../engine/store/event-id.ts";
import { eventId } from "../../support/rows.ts";

test("an id is read as a number or as digits, and nothing else is one", () => {
  for (const [kept, id] of [[7, 7], ["7", 7], [0, 0], ["0", 0]]) {
    assert.equal(parseEventId(kept), id);
  }
  for (
    const kept of [-1, 1.5, "", "1.5", "x", "-1", " 1", "1234567890123456", null, undefined, {}]
  ) {
    assert.equal(parseEventId(kept), null, String(kept));
  }
});

test("the later of two, and a place before one", () => {
  assert.equal(later(eventId(3), eventId(9)), 9);
  assert.equal([eventId(3), eventId(2)].reduce(later, BEGINNING), 3);
  assert.ok(justBefore(eventId(9)) < eventId(9) && justBefore(eventId(9)) >= eventId(8));
});
