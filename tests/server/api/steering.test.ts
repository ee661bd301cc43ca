// What the routes for one purpose do: cancel, rerun and fork of a run, resolve of a decision.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { startTestDaemon, suiteCleanup } from "../../support/daemon.ts";
import { type Answer, defineTemplate, HASH_STEPS, rest } from "../../support/http.ts";

const ASK = [{
  id: "gate",
  type: "reasoning",
  config: {
    prompt_context: "Ship it?",
    options: [{ id: "yes" }, { id: "no" }],
    target_agent: "ann",
  },
}];
const WAIT = [{ id: "w", type: "wait", config: { signal: "go" } }];

describe("steering over REST", () => {
  let url: string;
  const cleanup = suiteCleanup();
  before(async () => {
    url = (await startTestDaemon(cleanup)).url;
    await defineTemplate(url, "hash", HASH_STEPS);
    await defineTemplate(url, "ask", ASK);
    await defineTemplate(url, "open", [{ ...ASK[0]!, config: { prompt_context: "Why?" } }]);
    await defineTemplate(url, "wait", WAIT);
    await defineTemplate(url, "parent", [
      { id: "c", action: "workflow.run", params: { template_name: "ask" } },
    ]);
  });

  const post = (path: string, body: object): Promise<Answer> =>
    rest(url, "POST", `/api/v1${path}`, body);
  const get = (path: string): Promise<Answer> => rest(url, "GET", `/api/v1${path}`);
  const start = async (template_name: string, params = {}): Promise<string> => {
    const body = { template_name, agent_id: "a", params, wait_ms: 10_000 };
    return (await post("/runs", body)).body.workflow_id;
  };
  const decisionOf = async (id: string) =>
    (await get(`/decisions?workflow_id=${id}`)).body.decisions[0];
  const refused = ({ status, body }: Answer) => [status, body.error?.code, body.error?.message];

  test("cancel ends a run with its reason, its children and their questions", async () => {
    const body = { template_name: "parent", agent_id: "a", wait_ms: 0 };
    const { workflow_id: id } = (await post("/runs", body)).body;
    let child: string | undefined;
    while (child === undefined) {
      const { steps } = (await get(`/runs/${id}`)).body;
      child = steps.c.child_workflow_id;
    }
    while ((await decisionOf(child)) === undefined);
    const done = await post(`/runs/${id}/cancel`, { reason: "no longer needed", agent_id: "boss" });
    assert.deepEqual([done.status, done.body.ok, done.body.status], [200, true, "cancelled"]);
    const { body: run } = await get(`/runs/${id}`);
    assert.match(run.error.message, /no longer needed/);
    const said = run.events.find((event: any) => event.event_type === "signal_received");
    assert.deepEqual([said.agent_id, said.payload.reasoning], ["boss", "no longer needed"]);
    while ((await get(`/runs/${child}`)).body.status !== "cancelled");
    assert.equal((await decisionOf(child)).status, "cancelled");
    const again = await post(`/runs/${id}/cancel`, {});
    assert.deepEqual(refused(again), [
      409,
      "INVALID_TRANSITION",
      "cannot cancel a workflow that is cancelled",
    ]);
    assert.equal((await post("/runs/nobody/cancel", {})).status, 404);
    const slip = await post(`/runs/${id}/cancel`, { reasoning: "x" });
    assert.deepEqual(
      slip.body.error.message,
      'reasoning: is not a known field (did you mean "reason"?)',
    );
  });

  test("rerun answers 202 with the run that it does again, and where the new one is", async () => {
    const id = await start("hash", { text: "x" });
    const again = await post(`/runs/${id}/rerun`, { agent_id: "b" });
    assert.deepEqual([again.status, again.body.rerun_of], [202, id]);
    const path = `/runs/${again.body.workflow_id}`;
    assert.equal(again.headers.get("location"), `/api/v1${path}`);
    const followed = await post(path + "/signal", { signal_type: "data", wait_ms: 0 });
    assert.ok([200, 409].includes(followed.status));
    const { body: run } = await get(path);
    assert.deepEqual([run.rerun_of, run.agent_id, run.template_version], [id, "a", "v1"]);
    assert.equal((await post("/runs/nobody/rerun", {})).status, 404);
    assert.deepEqual(
      refused(await post(`/runs/${id}/rerun`, { params: {} })).slice(0, 2),
      [400, "VALIDATION_ERROR"],
    );
  });

  test("fork goes on from a step of the run", async () => {
    const id = await start("hash", { text: "x" });
    const body = { agent_id: "b", from_step: "check", wait_ms: 10_000 };
    const forked = await post(`/runs/${id}/fork`, body);
    assert.deepEqual([forked.status, forked.body.status], [200, "completed"]);
    assert.deepEqual(forked.body.forked_from, { workflow_id: id, step_id: "check" });
    assert.equal((await post(`/runs/${id}/fork`, { agent_id: "b" })).status, 400);
    assert.equal((await post("/runs/nobody/fork", body)).status, 404);
    const unknown = await post(`/runs/${id}/fork`, { ...body, from_run: id });
    assert.match(unknown.body.error.message, /^from_run: is not a known field/);
  });

  test("resolve does what the signal does: checks, decides, lets the run go on", async () => {
    const id = await start("ask");
    const { decision_id } = await decisionOf(id);
    const path = `/decisions/${decision_id}`;
    assert.equal((await get(path)).body.context.prompt, "Ship it?");
    const right = { choice: "yes", agent_id: "ann", reasoning: "tests pass", wait_ms: 10_000 };
    assert.deepEqual(refused(await post(`${path}/resolve`, { ...right, choice: "perhaps" })), [
      400,
      "VALIDATION_ERROR",
      'choice: must be one of yes, no, not "perhaps"',
    ]);
    const empty = await post(`${path}/resolve`, { ...right, choice: "" });
    assert.deepEqual(empty.body.error.details.path, "choice");
    const wrong = await post(`${path}/resolve`, { ...right, agent_id: "bob" });
    assert.match(
      wrong.body.error.message,
      /^agent_id: .* is for agent "ann", not for agent "bob"$/,
    );
    assert.equal((await get(path)).body.status, "pending", "nothing of that has decided");
    const done = await post(`${path}/resolve`, { ...right, data: { by: "hand" } });
    assert.deepEqual([done.status, done.body.status, done.body.decision_id], [
      200,
      "completed",
      decision_id,
    ]);
    const { body: decided } = await get(path);
    assert.deepEqual([decided.status, decided.resolved_by], ["resolved", "ann"]);
    assert.deepEqual(decided.resolution.data, { by: "hand" });
    const { events } = (await get(`/events?workflow_id=${id}&event_type=decision_resolved`)).body;
    assert.equal(events.length, 1);
    const late = await post(`${path}/resolve`, right);
    assert.deepEqual([late.status, late.body.error.code], [409, "CONFLICT"]);
    assert.match(late.body.error.message, /cannot decide for a workflow that is completed/);
  });

  test("an answer says by which way it came, which no request can say to be a link", async () => {
    const answer = async (header: Record<string, string>, signals: boolean) => {
      const id = await start("ask");
      const { decision_id } = await decisionOf(id);
      const path = signals ? `/runs/${id}/signal` : `/decisions/${decision_id}/resolve`;
      const body = signals
        ? { signal_type: "decision", decision_id, payload: { choice: "no" }, agent_id: "ann" }
        : { choice: "no", agent_id: "ann" };
      const { status } = await rest(url, "POST", `/api/v1${path}`, body, header);
      assert.equal(status, 200);
      const { events } = (await get(`/events?workflow_id=${id}&event_type=decision_resolved`)).body;
      const decision = await decisionOf(id);
      assert.equal(events[0].payload.via, decision.via);
      assert.deepEqual(decision.resolution, { choice: "no", resolved_by: "ann" });
      const { steps } = (await get(`/runs/${id}`)).body;
      assert.deepEqual(steps.gate.output, { choice: "no", resolved_by: "ann" });
      return decision.via;
    };
    for (const signals of [true, false]) {
      assert.equal(await answer({}, signals), "rest");
      for (const client of ["cli", "panel"]) {
        assert.equal(await answer({ "opcode-client": client }, signals), client);
      }
      for (const forged of ["link", "mcp", "system", "CLI", "cli, link", ""]) {
        assert.equal(await answer({ "opcode-client": forged }, signals), "rest", forged);
      }
    }
    const id = await start("ask");
    const { decision_id } = await decisionOf(id);
    const forged = { choice: "no", agent_id: "ann", via: "link" };
    const { body } = await post(`/decisions/${decision_id}/resolve`, forged);
    assert.match(body.error.message, /^via: is not a known field/);
  });

  test("a free answer, no wait, and what is refused before anything is looked up", async () => {
    const id = await start("open");
    const { decision_id } = await decisionOf(id);
    const path = `/decisions/${decision_id}/resolve`;
    for (
      const [body, message] of [
        [{ agent_id: "x" }, "choice: is required"],
        [{ choice: "y" }, "agent_id: is required"],
        [{ choice: 1, agent_id: "x" }, 'choice: must be string; write "1"'],
        [{ choice: "y", agent_id: "x", data: [] }, "data: must be object"],
      ] as const
    ) {
      assert.deepEqual(refused(await post(path, body)), [400, "VALIDATION_ERROR", message]);
    }
    const done = await post(path, { choice: "because", agent_id: "anybody" });
    assert.deepEqual([done.status, done.body.decision_id], [200, decision_id]);
    const unknown = await post("/decisions/nobody/resolve", { choice: "y", agent_id: "x" });
    assert.deepEqual(refused(unknown), [404, "NOT_FOUND", 'decision "nobody" not found']);
    assert.equal((await get("/decisions/nobody")).status, 404);
  });

  test("a decision's list knows one by its id, with all else that is asked for", async () => {
    const id = await start("ask");
    const { decision_id } = await decisionOf(id);
    const count = async (query: string) =>
      (await get(`/decisions?decision_id=${decision_id}&${query}`)).body.decisions.length;
    for (
      const fits of ["status=pending", "target_agent_id=ann", "agent_id=a", `workflow_id=${id}`]
    ) {
      assert.equal(await count(fits), 1, fits);
    }
    for (const other of ["status=resolved", "target_agent_id=bob", "agent_id=b"]) {
      assert.equal(await count(other), 0, other);
    }
  });
});
