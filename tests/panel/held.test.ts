// Whether a run that processes died of says so on its page, and is let go on or ended there.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openLibsqlStore } from "../../engine/store/libsql/open.ts";
import { seriousIn } from "../support/axe.ts";
import { needsBrowser, openPanel, type Panel, runOf } from "../support/browser.ts";

const REASON = "it was being loaded";
const STEPS = [
  { id: "first", action: "crypto.uuid" },
  {
    ...{ id: "gate", type: "reasoning", depends_on: ["first"] },
    config: { prompt_context: "Go on?", options: [{ id: "yes" }, { id: "no" }] },
  },
];

/** A daemon after two others that ended while they loaded this run. */
async function heldRun(t: TestContext): Promise<{ panel: Panel; id: string }> {
  const { home, ...before } = await openPanel(t);
  const id = await runOf({ home, ...before }, "asks", STEPS);
  await before.close();
  const store = await openLibsqlStore({ path: join(home, "opcode.db"), durability: "normal" });
  const { runNo } = (await store.runHead(id))!;
  for (let death = 0; death < 2; death++) {
    await store.suspect(runNo, REASON);
    await store.countDeaths();
  }
  await store.close();
  return { panel: await openPanel(t, { home }), id };
}

test("a held run tells why, and goes on once it is retried", needsBrowser, async (t) => {
  const { panel, id } = await heldRun(t);
  const page = await panel.open(`/workflows/${id}`);
  const box = page.getByRole("region", { name: "Held" });
  await box.getByText(`the daemon ended 2 times while it ran this (${REASON})`).waitFor();
  assert.deepEqual(await seriousIn(page), []);
  await box.getByRole("button", { name: "Retry the run" }).click();
  await page.getByText("It is loaded again").waitFor();
  await box.waitFor({ state: "detached" });
  const { decisions } = await panel.api("GET", `/decisions?workflow_id=${id}`);
  await panel.api("POST", `/decisions/${decisions[0].decision_id}/resolve`, {
    ...{ choice: "yes", agent_id: "ann" },
  });
  await page.locator(".facts").getByText("completed").waitFor();
});

test("a held run is ended from the same box, once that is confirmed", needsBrowser, async (t) => {
  const { panel, id } = await heldRun(t);
  const page = await panel.open(`/workflows/${id}`);
  const box = page.getByRole("region", { name: "Held" });
  await box.getByRole("button", { name: "Cancel it" }).click();
  const asks = page.getByRole("dialog", { name: "Cancel this run?" });
  await asks.getByRole("button", { name: "Leave it held" }).click();
  assert.equal((await panel.api("GET", `/runs/${id}`)).poisoned.reason, REASON);
  await box.getByRole("button", { name: "Cancel it" }).click();
  await asks.getByRole("button", { name: "Cancel the run" }).click();
  await page.locator(".facts").getByText("cancelled").waitFor();
  await box.waitFor({ state: "detached" });
});
