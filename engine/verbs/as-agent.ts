// What the engine answers to one agent with an identity: all that its rights leave, on every way in.

import { placeOf } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Rights } from "../access.ts";
import { templateNotFound, withoutHints } from "../access.ts";
import { actionRows } from "./action-doc.ts";
import type { LiveListener, Opcode, SignalRequest } from "../api.ts";
import { define } from "./define.ts";
import { buildTree } from "../definition/tree.ts";
import { dryRun } from "./dry-run.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier } from "../identifiers.ts";
import { seenRows } from "./seen-rows.ts";
import { workflowNotFound } from "./status.ts";
import type { RunHead } from "../store/store.ts";
import { parseVersion } from "../version.ts";

/**
 * The facade for the agent. Its requests are the agent's, whether they say so or not; a claim to be
 * another is PERMISSION_DENIED. Templates that it does not see, and their runs, are NOT_FOUND.
 */
export function asAgent(engine: Engine, opcode: Opcode, rights: Rights): Opcode {
  const { agent } = rights;

  const own = <T extends { agent_id?: string }>(request: T): T & { agent_id: string } => {
    const { agent_id } = request;
    if (agent_id === undefined || agent_id === agent) return { ...request, agent_id: agent };
    throw new OpcodeError(
      "PERMISSION_DENIED",
      `agent_id: the token is that of agent "${agent}", not of "${agent_id}"`,
      { details: { ...placeOf("agent_id"), agent_id: agent } },
    );
  };

  /** The run, if the agent sees it. */
  const seenRun = async (field: string, id: unknown): Promise<RunHead> => {
    const row = await engine.env.store.runHead(checkIdentifier(field, id));
    if (row && rights.sees(row.templateName)) return row;
    throw workflowNotFound(String(id));
  };

  const seenTemplate = (name: unknown): string => {
    const known = checkIdentifier("template_name", name);
    if (rights.sees(known)) return known;
    throw templateNotFound(known);
  };

  /** What fails may have looked for a template among those of others. */
  const discreet = async <T>(answer: () => Promise<T>): Promise<T> => {
    try {
      return await answer();
    } catch (thrown) {
      throw withoutHints(thrown, rights);
    }
  };

  const definable = (name: unknown): void => {
    const wanted = checkIdentifier("name", name);
    if (!rights.sees(wanted)) {
      throw rights.denial("templates", `may not define the template "${wanted}"`);
    }
  };

  const usedActions = () => opcode.actions().filter(({ name }) => rights.uses(name));

  const usable = async (name: string, version: string | undefined): Promise<void> => {
    const plan = await engine.env.plan(name, parseVersion(version));
    for (const { step } of buildTree(plan.definition).all) {
      if (step.action && !rights.uses(step.action)) throw rights.actionDenial(step.action);
    }
  };

  return {
    async define(request) {
      const mine = own(request);
      definable(mine.name);
      return await engine.env.pace.request(agent, () => {
        engine.refuseWhenBusy();
        return define(engine, mine, rights);
      });
    },
    async dryRun(request) {
      const mine = own(request);
      definable(mine.name);
      return await engine.env.pace.request(agent, () => dryRun(engine, mine, rights));
    },
    run: (request, watch) =>
      discreet(async () => {
        const mine = own(request);
        if (mine.from_run !== undefined) {
          const source = await seenRun("from_run", mine.from_run);
          if (mine.template_name !== undefined) seenTemplate(mine.template_name);
          await usable(source.templateName, mine.version || `v${source.templateVersion}`);
        } else if (mine.template_name !== undefined) {
          await usable(seenTemplate(mine.template_name), mine.version);
        }
        return await opcode.run(mine, watch);
      }),
    async status(id) {
      await seenRun("workflow_id", id);
      return await opcode.status(id);
    },
    async checkWorkflow(id) {
      await seenRun("workflow_id", id);
    },
    async signal(request, watch) {
      const mine: SignalRequest = own(request);
      const run = await seenRun("workflow_id", mine.workflow_id);
      if (rights.decidesFor(run.agentId)) return await opcode.signal(mine, watch);
      const denial = rights.denial("decide", `may not signal a workflow of "${run.agentId}"`);
      if (mine.signal_type !== "decision") throw denial;
      // Whom the decision asks by name is known where it is taken.
      return await opcode.signal({ ...mine, unlessAsked: denial }, watch);
    },
    async query(request) {
      if (request.resource === "actions") return actionRows(usedActions(), request.filter);
      // What is not there is told from what is there and not shown by neither of them.
      const { workflow_id, name, version, against } = request.filter ?? {};
      if (typeof workflow_id === "string") await seenRun("filter.workflow_id", workflow_id);
      const isOne = request.resource === "templates" && (version ?? against) !== undefined;
      if (isOne && typeof name === "string") seenTemplate(name);
      return await discreet(() => seenRows(engine, opcode, { request, rights }));
    },
    diagram: (request) =>
      discreet(async () => {
        if (request.workflow_id) await seenRun("workflow_id", request.workflow_id);
        else if (request.template_name) seenTemplate(request.template_name);
        return await opcode.diagram(request);
      }),
    actions: usedActions,
    async agents(page) {
      const reply = await opcode.agents(page);
      return { ...reply, agents: reply.agents.filter(({ id }) => rights.decidesFor(id)) };
    },
    subscribe: (listener, runId) => opcode.subscribe(seenEvents(rights, listener), runId),
    healthy: () => opcode.healthy(),
    fault: () => opcode.fault(),
    stop: () => Promise.reject(rights.denial("decide", "may not stop the daemon")),
  };
}

/** Hands on what is said of runs that the agent sees; each call is about one run. */
function seenEvents(rights: Rights, listener: LiveListener): LiveListener {
  return (events) => {
    const first = events[0];
    if (first === undefined || first.kind === "emitted") return;
    // What could not be told is read from the store, with the rights of whoever reads.
    if (first.kind === "missed" || rights.sees(first.template_name)) listener(events);
  };
}
