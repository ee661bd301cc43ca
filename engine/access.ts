// What agents with an identity may do: with which actions, which templates, whose decisions.

import { OpcodeError } from "../core/errors.ts";
import { type Globs, globs } from "../core/glob.ts";
import { insteadOf } from "../core/instead-of.ts";
import { nearest } from "../core/nearest.ts";

/** As the settings give them; a glob is a name in which `*` stands for any characters. */
export interface AgentRights {
  /** Actions that its workflows may use. */
  allow: readonly string[];
  /** Templates that it may define, run and see, with their runs. */
  templates: readonly string[];
  /**
   * Whose runs it may signal beside its own, where nobody asks it by name: nobody's, these agents',
   * or everybody's.
   */
  decide: "own" | "all" | readonly string[];
}

export class Rights {
  readonly agent: string;
  readonly #allow: Globs;
  readonly #templates: Globs;
  readonly #decide: AgentRights["decide"];

  constructor(agent: string, { allow, templates, decide }: AgentRights) {
    this.agent = agent;
    this.#allow = globs(allow);
    this.#templates = globs(templates);
    this.#decide = decide;
  }

  uses(action: string): boolean {
    return this.#allow.match(action) !== undefined;
  }

  sees(template: string): boolean {
    return this.#templates.match(template) !== undefined;
  }

  /** Whether it may signal the runs of this agent. */
  decidesFor(agent: string): boolean {
    if (agent === this.agent || this.#decide === "all") return true;
    return this.#decide !== "own" && this.#decide.includes(agent);
  }

  /** PERMISSION_DENIED that names the right which is missing. */
  denial(right: keyof AgentRights, what: string): OpcodeError {
    return new OpcodeError(
      "PERMISSION_DENIED",
      `agent "${this.agent}" ${what}: its right "${right}" does not have it`,
      { details: { agent_id: this.agent, right } },
    );
  }

  actionDenial(action: string): OpcodeError {
    return this.denial("allow", `may not use the action ${action}`);
  }
}

/** The agents that have an identity; the workflows of all others are not limited. */
export class Access {
  readonly #agents: ReadonlyMap<string, Rights>;

  constructor(agents: Readonly<Record<string, AgentRights>> = {}) {
    this.#agents = new Map(
      Object.entries(agents).map(([name, rights]) => [name, new Rights(name, rights)]),
    );
  }

  /** Undefined for an agent without an identity. */
  of(agent: string): Rights | undefined {
    return this.#agents.get(agent);
  }

  /** Why a workflow of the agent may not use the action. */
  refusesAction(agent: string, action: string): OpcodeError | undefined {
    const rights = this.#agents.get(agent);
    return rights && !rights.uses(action) ? rights.actionDenial(action) : undefined;
  }

  /** Why a workflow of the agent may not run the template: for the agent, there is none. */
  hidesTemplate(agent: string, template: string): OpcodeError | undefined {
    const rights = this.#agents.get(agent);
    return rights && !rights.sees(template) ? templateNotFound(template) : undefined;
  }
}

/** As of a template that is not there; says nothing of others. */
export function templateNotFound(name: string): OpcodeError {
  return new OpcodeError("NOT_FOUND", `template "${name}" not found`, {
    details: { template_name: name },
  });
}

/** The same with what there is instead, of which the caller may not see all. */
export class NoSuchTemplate extends OpcodeError {
  readonly #asked: string;
  readonly #names: readonly string[];
  readonly #isCut: boolean;

  /** `isCut`: there are more names than these. */
  constructor(asked: string, names: readonly string[], isCut: boolean) {
    const meant = nearest(asked, names);
    super("NOT_FOUND", `template "${asked}" not found${insteadOf(asked, names, { isCut })}`, {
      details: { template_name: asked, ...(meant !== undefined && { did_you_mean: meant }) },
    });
    this.#asked = asked;
    this.#names = names;
    this.#isCut = isCut;
  }

  seenWith(rights: Rights): NoSuchTemplate {
    const seen = this.#names.filter((name) => rights.sees(name));
    return new NoSuchTemplate(this.#asked, seen, this.#isCut);
  }
}

/** What was thrown, without names of templates that the agent does not see. */
export function withoutHints(thrown: unknown, rights: Rights): unknown {
  return thrown instanceof NoSuchTemplate ? thrown.seenWith(rights) : thrown;
}
