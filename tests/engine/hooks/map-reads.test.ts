// Whether the program of a hook that reads what no delivery has is told so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readsNothing } from "../../../engine/hooks/map-reads.ts";

test("what is no part of a delivery is told with the way to it", () => {
  assert.match(
    readsNothing("{id: .id}").join(),
    /^reads "id", which no delivery has.* a member of what is sent is \.body\.id$/,
  );
  assert.match(readsNothing("{id: .Body.id}").join(), /"Body".*did you mean "body"/);
  assert.match(readsNothing('{a: .["x-y"]}').join(), /\.body\["x-y"\]$/);
  assert.equal(readsNothing("{a: .params.a, b: .payload}").length, 2);
});

test("a header that is not handed on is told with the nearest that is", () => {
  assert.match(
    readsNothing('{e: .headers["X-GitHub-Event"]}').join(),
    /^reads the header "X-GitHub-Event", which is not handed on; did you mean "x-github-event"\?/,
  );
  assert.equal(readsNothing('{a: .headers.authorization, b: .headers["x-own"]}').length, 2);
});

test("what a delivery may have, and what cannot be told, is left alone", () => {
  for (
    const map of [
      "{id: .body.id, q: .query.q}",
      '{e: .headers["x-github-event"]}',
      "{all: .}",
      ".headers",
      ".body | {id: .id}",
      "{a: (.body.items | map(.id))}",
      ". as $all | {b: $all.body}",
      "not a program",
    ]
  ) assert.deepEqual(readsNothing(map), [], map);
});
