// What of an engine an agent with an identity may name: its own requests, and what it sees.

import { placeOf } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import { type Rights, templateNotFound, withoutHints } from "../access.ts";
import { buildTree } from "../definition/tree.ts";
import { checkIdentifier } from "../identifiers.ts";
import type { DecisionRow, RunHead } from "../store/store.ts";
import { parseVersion } from "../version.ts";
import type { Engine } from "./shared.ts";
import { workflowNotFound } from "./status.ts";

/** Questions of one run that are looked through for the one that is meant. */
const MOST_ASKED = 50;

export class Sight {
  readonly #engine: Engine;
  readonly #rights: Rights;

  constructor(engine: Engine, rights: Rights) {
    this.#engine = engine;
    this.#rights = rights;
  }

  /** The request as the agent's; PERMISSION_DENIED when it claims to be another's. */
  own<T extends { agent_id?: string }>(request: T): T & { agent_id: string } {
    const { agent } = this.#rights;
    const { agent_id } = request;
    if (agent_id === undefined || agent_id === agent) return { ...request, agent_id: agent };
    throw new OpcodeError(
      "PERMISSION_DENIED",
      `agent_id: the token is that of agent "${agent}", not of "${agent_id}"`,
      { details: { ...placeOf("agent_id"), agent_id: agent } },
    );
  }

  /** The run, if the agent sees it, or may know of it for another reason; else NOT_FOUND. */
  async run(field: string, id: unknown, mayKnow = false): Promise<RunHead> {
    const row = await this.#engine.env.store.runHead(checkIdentifier(field, id));
    if (row && (mayKnow || this.#rights.sees(row.templateName))) return row;
    throw workflowNotFound(String(id));
  }

  /** The questions of the run that ask, or asked, the agent by name: the newest first, a page of them. */
  async askedOf(id: string): Promise<DecisionRow[]> {
    const filter = { runId: id, targetAgentId: this.#rights.agent, limit: MOST_ASKED };
    let cursor: string | undefined;
    do {
      const { rows, next } = await this.#engine.env.store.listDecisions({ ...filter, cursor });
      if (rows.length > 0) return rows;
      cursor = next ?? undefined;
    } while (cursor !== undefined);
    return [];
  }

  /** The template's name, if the agent sees it; else NOT_FOUND. */
  template(name: unknown): string {
    const known = checkIdentifier("template_name", name);
    if (this.#rights.sees(known)) return known;
    throw templateNotFound(known);
  }

  /** What fails may have looked for a template among those of others. */
  async discreet<T>(answer: () => Promise<T>): Promise<T> {
    try {
      return await answer();
    } catch (thrown) {
      throw withoutHints(thrown, this.#rights);
    }
  }

  /** Throws PERMISSION_DENIED when the agent may not define a template of this name. */
  refuseDefining(name: unknown): void {
    const wanted = checkIdentifier("name", name);
    if (this.#rights.sees(wanted)) return;
    throw this.#rights.denial("templates", `may not define the template "${wanted}"`);
  }

  /** Throws PERMISSION_DENIED when the template has an action that the agent may not use. */
  async refuseUsing(name: string, version: string | undefined): Promise<void> {
    const plan = await this.#engine.env.plan(name, parseVersion(version));
    for (const { step } of buildTree(plan.definition).all) {
      if (step.action && !this.#rights.uses(step.action)) {
        throw this.#rights.actionDenial(step.action);
      }
    }
  }
}
