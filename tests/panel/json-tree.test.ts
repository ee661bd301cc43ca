// Whether somebody finds in a large value what the tree does not show of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

test("a text is found where the tree has cut the value, with its path", needsBrowser, async (t) => {
  const panel = await openPanel(t);
  const filter = '[range(300) | {id: ., city: (if . == 250 then "Ulm" else "Bonn" end)}]';
  const id = await runOf(panel, "cities", [
    { id: "make", action: "jq.transform", params: { filter, data: null } },
  ]);
  const page = await panel.open(`/workflows/${id}?step=make`);
  const cell = page.getByRole("table", { name: "Steps" });
  assert.equal(await cell.getByText("Ulm").count(), 0);
  const find = cell.getByRole("searchbox", { name: "Find in this value" });
  await find.fill("ulm");
  await cell.getByText("1 place", { exact: true }).waitFor();
  await cell.getByRole("button", { name: /^steps\.make\.output.*\[250\]\.city:$/ }).waitFor();
  assert.deepEqual(await seriousIn(page), []);
  await find.fill("city");
  await cell.getByText("300 places, the first 50 of which are shown").waitFor();
  await find.fill("");
  await cell.getByText("300 items").waitFor();
});
