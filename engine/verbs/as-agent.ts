// What the engine answers to one agent with an identity: all that its rights leave, on every way in.

import type { Rights } from "../access.ts";
import { actionRows } from "./action-doc.ts";
import type {
  ArchiveRequest,
  CallbackVerbs,
  HookVerbs,
  LiveListener,
  Opcode,
  ScheduleVerbs,
  SignalRequest,
} from "../api.ts";
import { bulk } from "./bulk.ts";
import { callbackNotFound } from "./callbacks.ts";
import { decisionNotFound, linkDecision, unlinkDecision } from "./decision-link.ts";
import { define } from "./define.ts";
import { dryRun } from "./dry-run.ts";
import type { Engine } from "./shared.ts";
import { findSchedule } from "./schedules.ts";
import { checkIdentifier } from "../identifiers.ts";
import { type Ends, endsFor } from "./list-ends.ts";
import { seenRows } from "./seen-rows.ts";
import { Sight } from "./sight.ts";
import type { LinkRequest, UnlinkRequest } from "../contract/steering.ts";
import type { DecisionRow, RunHead } from "../store/store.ts";

interface Asked {
  engine: Engine;
  ends: Ends;
  opcode: Opcode;
  rights: Rights;
  sight: Sight;
}

/**
 * The facade for the agent. Its requests are the agent's, whether they say so or not; a claim to be
 * another is PERMISSION_DENIED. Templates that it does not see, and their runs, are NOT_FOUND.
 */
export function asAgent(engine: Engine, opcode: Opcode, rights: Rights): Opcode {
  const ends = endsFor(engine, rights);
  const asked: Asked = { engine, ends, opcode, rights, sight: new Sight(engine, rights) };
  return {
    ...defining(asked),
    ...steering(asked),
    link: async (request) =>
      await linkDecision(engine, { ...await linkable(asked, request), isBound: true }),
    unlink: async (request) => await unlinkDecision(engine, await linkable(asked, request)),
    ...looking(asked),
    schedules: scheduling(asked),
    hooks: hooksOf(asked),
    callbacks: callbacksOf(asked),
    turn: () => opcode.turn(rights.agent),
    subscribe: (listener, runId) => opcode.subscribe(seenEvents(rights, listener), runId),
    healthy: () => opcode.healthy(),
    fault: () => opcode.fault(),
    stop: () => Promise.reject(rights.denial("decide", "may not stop the daemon")),
  };
}

/** How it defines templates, and puts them away: under names that it sees. */
function defining(
  { engine, opcode, rights, sight }: Asked,
): Pick<Opcode, "define" | "dryRun" | "archive" | "unarchive"> {
  const named = (request: ArchiveRequest) => {
    const mine = sight.own(request);
    return { ...mine, template_name: sight.template(mine.template_name) };
  };
  return {
    archive: (request) => sight.discreet(async () => await opcode.archive(named(request))),
    unarchive: (request) => sight.discreet(async () => await opcode.unarchive(named(request))),
    async define(request) {
      const mine = sight.own(request);
      sight.refuseDefining(mine.name);
      return await engine.env.pace.request(rights.agent, () => {
        engine.refuseWhenBusy();
        return define(engine, mine, rights);
      });
    },
    async dryRun(request) {
      const mine = sight.own(request);
      sight.refuseDefining(mine.name);
      return await engine.env.pace.request(rights.agent, () => dryRun(engine, mine, rights));
    },
  };
}

/** How it starts runs, and signals those that it may decide for. */
function steering(
  { engine, opcode, rights, sight }: Asked,
): Pick<Opcode, "run" | "rerun" | "signal" | "bulk"> {
  return {
    run: (request, watch) =>
      sight.discreet(async () => {
        const mine = sight.own(request);
        if (mine.from_run !== undefined) {
          const source = await sight.run("from_run", mine.from_run);
          if (mine.template_name !== undefined) sight.template(mine.template_name);
          const version = mine.version || `v${source.templateVersion}`;
          await sight.refuseUsing(source.templateName, version);
        } else if (mine.template_name !== undefined) {
          await sight.refuseUsing(sight.template(mine.template_name), mine.version);
        }
        return await opcode.run(mine, watch);
      }),
    rerun: (request) =>
      sight.discreet(async () => {
        const mine = sight.own(request);
        const source = await sight.run("workflow_id", mine.workflow_id);
        if (!rights.decidesFor(source.agentId)) {
          throw rights.denial("decide", `may not do a workflow of "${source.agentId}" again`);
        }
        await sight.refuseUsing(source.templateName, `v${source.templateVersion}`);
        return await opcode.rerun(mine);
      }),
    // Of what it sees, those that it may signal: the others are as if they were not there.
    bulk: (action, request) => {
      const may = (run: RunHead) => rights.sees(run.templateName) && rights.decidesFor(run.agentId);
      const signal = (one: SignalRequest) => opcode.signal(one);
      return sight.discreet(() =>
        bulk(engine, { action, request: sight.own(request), may, signal })
      );
    },
    async signal(request, watch) {
      const mine: SignalRequest = sight.own(request);
      const asked = await askedBy(sight, mine);
      const run = await sight.run("workflow_id", mine.workflow_id, asked !== undefined);
      if (rights.decidesFor(run.agentId)) return await opcode.signal(mine, watch);
      const denial = rights.denial("decide", `may not signal a workflow of "${run.agentId}"`);
      if (mine.signal_type !== "decision") throw denial;
      // Whom the decision asks by name is known where it is taken.
      if (rights.sees(run.templateName)) {
        return await opcode.signal({ ...mine, unlessAsked: denial }, watch);
      }
      const only = { ...mine, decision_id: asked!.id, unlessAsked: denial };
      const reply = await opcode.signal(only, watch);
      const { ok, workflow_id, signal_type, decision_id } = reply;
      return { ok, workflow_id, signal_type, ...(decision_id !== undefined && { decision_id }) };
    },
  };
}

/**
 * The request, for a decision that it could answer itself, of whose links it may make and take back; when one
 * of them answers its rights are asked for again.
 */
async function linkable<Request extends LinkRequest | UnlinkRequest>(
  { engine, rights, sight }: Asked,
  request: Request,
): Promise<Request> {
  const mine = sight.own(request);
  const { store } = engine.env;
  const row = await store.decisionById(checkIdentifier("decision_id", mine.decision_id));
  const run = row && await store.runHead(row.runId);
  const isAsked = row?.targetAgentId === rights.agent;
  if (!run || !(isAsked || rights.sees(run.templateName))) {
    throw decisionNotFound(mine.decision_id);
  }
  if (!isAsked && !rights.decidesFor(run.agentId)) {
    throw rights.denial("decide", `may not decide for a workflow of "${run.agentId}"`);
  }
  return mine;
}

/** Schedules: it sees those of the templates that it sees, and steers those of agents it may decide for. */
function scheduling({ engine, opcode, rights, sight }: Asked): ScheduleVerbs {
  const { schedules } = opcode;
  const seen = async (ref: string) => {
    const row = await findSchedule(engine, ref, (name) => rights.sees(name));
    return row;
  };
  const steered = async (ref: string) => {
    const row = await seen(ref);
    if (rights.decidesFor(row.agentId)) return row.id;
    throw rights.denial("decide", `may not change a schedule of "${row.agentId}"`);
  };
  return {
    create: (request) =>
      sight.discreet(async () => {
        const mine = sight.own(request);
        await sight.refuseUsing(sight.template(mine.template_name), mine.version);
        return await schedules.create(mine);
      }),
    times: (request) => schedules.times(request),
    get: async (ref) => await schedules.get((await seen(ref)).id),
    update: (ref, change) =>
      sight.discreet(async () => {
        const { agent_id: _, ...terms } = sight.own(change);
        const id = await steered(ref);
        if (terms.template_name !== undefined) {
          await sight.refuseUsing(sight.template(terms.template_name), terms.version);
        }
        return await schedules.update(id, terms);
      }),
    remove: async (ref) => await schedules.remove(await steered(ref)),
    run: async (ref) => await schedules.run(await steered(ref)),
    fires: async (ref, page) => await schedules.fires((await seen(ref)).id, page),
    async backfill(ref, request) {
      const mine = sight.own(request);
      return await schedules.backfill(await steered(ref), mine);
    },
  };
}

/** Hooks: it sees those of the templates that it sees. */
function hooksOf({ ends, opcode, rights, sight }: Asked): HookVerbs {
  return {
    async list(page) {
      if (page?.template_name !== undefined) sight.template(page.template_name);
      const given = ends.given("filter.cursor", page?.cursor);
      const { hooks, next_cursor } = await opcode.hooks.list({ ...page, ...given });
      const mine = hooks.filter((hook) => rights.sees(String(hook.template_name)));
      return { hooks: mine, ...ends.told(next_cursor) };
    },
    async log(template, name) {
      sight.template(template);
      return await sight.discreet(() => opcode.hooks.log(template, name));
    },
    async test(template, name, sample) {
      sight.template(template);
      return await sight.discreet(() => opcode.hooks.test(template, name, sample));
    },
  };
}

/** Callbacks: it sees those of the templates that it sees, and sends those of agents it may decide for. */
function callbacksOf({ ends, opcode: { callbacks }, rights, sight }: Asked): CallbackVerbs {
  const seen = async (id: string) => {
    const found = await callbacks.get(id);
    if (rights.sees(String(found.template_name))) return found;
    throw callbackNotFound(id);
  };
  return {
    async list(page) {
      if (page?.workflow_id !== undefined) await sight.run("workflow_id", page.workflow_id);
      const given = ends.given("filter.cursor", page?.cursor);
      const { callbacks: rows, next_cursor } = await callbacks.list({ ...page, ...given });
      const mine = rows.filter((row) => rights.sees(String(row.template_name)));
      return { callbacks: mine, ...ends.told(next_cursor) };
    },
    get: seen,
    async send(id) {
      const { agent_id } = await seen(id);
      if (rights.decidesFor(String(agent_id))) return await callbacks.send(id);
      throw rights.denial("decide", `may not send a callback of "${agent_id}"`);
    },
  };
}

/** The question that the decision is for, if it asks the agent by name: all that it may know of a run. */
async function askedBy(sight: Sight, request: SignalRequest): Promise<DecisionRow | undefined> {
  const { workflow_id, signal_type, decision_id, step_id } = request;
  if (signal_type !== "decision" || typeof workflow_id !== "string") return undefined;
  return (await sight.askedOf(workflow_id)).find((row) =>
    (decision_id === undefined || row.id === decision_id) &&
    (step_id === undefined || row.stepId === step_id)
  );
}

/** What it is shown: the runs, templates, agents and actions that it sees or uses. */
function looking(
  { engine, ends, opcode, rights, sight }: Asked,
): Pick<
  Opcode,
  "status" | "checkWorkflow" | "query" | "diagram" | "sketch" | "actions" | "agents"
> {
  const usedActions = () => opcode.actions().filter(({ name }) => rights.uses(name));
  return {
    async status(id) {
      await sight.run("workflow_id", id);
      return await opcode.status(id);
    },
    async checkWorkflow(id) {
      await sight.run("workflow_id", id);
    },
    async query(request) {
      if (request.resource === "actions") return actionRows(usedActions(), request.filter);
      // What is not there is told from what is there and not shown by neither of them.
      const { workflow_id, name, version, against } = request.filter ?? {};
      if (typeof workflow_id === "string") {
        const asked = request.resource === "decisions" ? await sight.askedOf(workflow_id) : [];
        await sight.run("filter.workflow_id", workflow_id, asked.length > 0);
      }
      const { parent_workflow_id: parent, total } = request.filter ?? {};
      if (typeof parent === "string") await sight.run("filter.parent_workflow_id", parent);
      if (total === true || total === "true") {
        throw rights.denial("templates", "is shown a part of the rows, and may not count all");
      }
      const isOne = request.resource === "templates" && (version ?? against) !== undefined;
      if (isOne && typeof name === "string") sight.template(name);
      const given = ends.given("filter.cursor", request.filter?.cursor);
      const wanted = {
        ...request,
        ...(request.filter && { filter: { ...request.filter, ...given } }),
      };
      const page = await sight.discreet(() =>
        seenRows(engine, opcode, { request: wanted, rights })
      );
      return { ...page, ...ends.told(page.next_cursor) };
    },
    diagram: (request) =>
      sight.discreet(async () => {
        if (request.workflow_id) await sight.run("workflow_id", request.workflow_id);
        else if (request.template_name) sight.template(request.template_name);
        return await opcode.diagram(request, rights.agent);
      }),
    sketch: (request) => opcode.sketch(request, rights.agent),
    actions: usedActions,
    async agents(page) {
      const { agents, next_cursor } = await opcode.agents({
        ...page,
        ...ends.given("cursor", page?.cursor),
      });
      return {
        agents: agents.filter(({ id }) => rights.decidesFor(id)),
        ...ends.told(next_cursor),
      };
    },
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
