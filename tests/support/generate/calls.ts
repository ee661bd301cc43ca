// Which tool calls are generated: meaningful ones from the published schemas, and broken ones.

import type { Json, JsonObject } from "../../../core/json.ts";
import { definition } from "./definitions.ts";
import { Draw, fromSchema, json, nested, object, text } from "./values.ts";

export interface GeneratedCall {
  tool: string;
  args: Json;
}

export interface PublishedTool {
  name: string;
  inputSchema: JsonObject;
}

/** Ids of runs that calls were told of; only the newest matter. */
const MOST_RUNS = 300;

export class CallGenerator {
  readonly #draw: Draw;
  readonly #tools: PublishedTool[];
  readonly #runs: string[] = [];
  readonly #templates = Array.from({ length: 40 }, (_, i) => `t${i}`);
  readonly #agents = Array.from({ length: 20 }, (_, i) => `agent-${i}`);

  constructor(next: () => number, tools: PublishedTool[]) {
    this.#draw = new Draw(next);
    this.#tools = tools;
  }

  /** Later calls may name this run. */
  learn(runId: string): void {
    this.#runs.push(runId);
    if (this.#runs.length > MOST_RUNS) this.#runs.shift();
  }

  next(): GeneratedCall {
    const draw = this.#draw;
    const tool = draw.pick(this.#tools);
    const args = this.#arguments(tool);
    if (draw.chance(0.6)) return { tool: tool.name, args };
    return { tool: tool.name, args: mutate(draw, args, tool) };
  }

  #arguments({ inputSchema }: PublishedTool): JsonObject {
    const draw = this.#draw;
    const required = (inputSchema.required ?? []) as string[];
    const args: JsonObject = {};
    for (const [name, schema] of Object.entries(inputSchema.properties as JsonObject)) {
      if (!required.includes(name) && draw.chance(0.5)) continue;
      args[name] = this.#known(name) ?? fromSchema(draw, schema as JsonObject);
    }
    // A call that waits long would only slow the others down.
    if (inputSchema.properties && "wait_ms" in (inputSchema.properties as JsonObject)) {
      args.wait_ms = draw.chance(0.5) ? 0 : draw.int(1, 20);
    }
    return args;
  }

  /** A value that makes sense for an argument of this name; undefined to take any. */
  #known(name: string): Json | undefined {
    const draw = this.#draw;
    if (draw.chance(0.1)) return undefined;
    switch (name) {
      case "template_name":
      case "name":
        return draw.pick(this.#templates);
      case "workflow_id":
        return this.#runs.length > 0 ? draw.pick(this.#runs) : undefined;
      case "agent_id":
        return draw.pick(this.#agents);
      case "step_id":
        return `s${draw.int(0, 3)}`;
      case "version":
        return draw.pick(["v1", "2", "latest", "", "v999999"]);
      case "definition":
        return definition(draw);
      case "params":
        return { x: draw.int(0, 5), n: draw.int(0, 9), ...object(draw) };
      case "input_schema":
      case "output_schema":
        return draw.pick<JsonObject>([{}, { type: "object" }, { properties: { x: {} } }]);
      case "idempotency_key":
        return `key-${draw.int(0, 5_000)}`;
      case "filter":
        return this.#filter();
      default:
        return undefined;
    }
  }

  #filter(): JsonObject {
    const draw = this.#draw;
    const members: [string, () => Json][] = [
      ["limit", () => draw.pick<Json>([1, 5, "3", 0, -1, 1e9, 2.5])],
      ["agent_id", () => draw.pick(this.#agents)],
      ["name", () => draw.pick(this.#templates)],
      ["status", () => draw.pick(["completed", "failed", "nope"])],
      ["workflow_id", () => this.#runs.length > 0 ? draw.pick(this.#runs) : "none"],
      ["event_type", () => draw.pick(["step_completed", "workflow_failed", "nope"])],
      ["since", () => draw.pick(["2026-01-01T00:00:00Z", "yesterday", "2026-01-01"])],
      ["cursor", () => draw.pick(["", "abc", "e30"])],
      [text(draw), () => json(draw)],
    ];
    return Object.fromEntries(
      members.filter(() => draw.chance(0.25)).map(([name, value]) => [name, value()]),
    );
  }
}

/** The arguments with one or a few things wrong, somewhere. */
function mutate(draw: Draw, args: JsonObject, tool: PublishedTool): Json {
  if (draw.chance(0.02)) return json(draw);
  let mutated: JsonObject = structuredClone(args);
  for (let i = draw.int(1, 3); i > 0; i--) mutated = mutateOnce(draw, mutated, tool);
  return mutated;
}

function mutateOnce(draw: Draw, args: JsonObject, tool: PublishedTool): JsonObject {
  const [holder, key] = somewhere(draw, args);
  switch (draw.int(0, 6)) {
    case 0:
      delete holder[key];
      break;
    case 1:
      holder[key] = json(draw);
      break;
    case 2:
      holder[draw.chance(0.5) ? text(draw) : `${key}s`] = json(draw);
      break;
    case 3:
      holder[key] = typeof holder[key] === "object" ? JSON.stringify(holder[key]) : [holder[key]!];
      break;
    case 4:
      holder[key] = draw.chance(0.1)
        ? nested(draw.int(300, 3_000), draw.chance(0.5))
        : nested(draw.int(1, 30), draw.chance(0.5));
      break;
    case 5:
      holder[key] = text(draw);
      break;
    default: {
      const name = draw.pick(Object.keys(tool.inputSchema.properties as JsonObject));
      args[name] = json(draw);
    }
  }
  return args;
}

/** A member of some object in the arguments, shallow ones more often. */
function somewhere(draw: Draw, args: JsonObject): [JsonObject, string] {
  let holder: JsonObject = args;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys.length > 0 ? draw.pick(keys) : "x";
    const inside = holder[key];
    const objects: Json[] = Array.isArray(inside) ? inside : [inside ?? null];
    const next = objects.length > 0 ? draw.pick(objects) : null;
    if (next === null || typeof next !== "object" || Array.isArray(next) || draw.chance(0.4)) {
      return [holder, key];
    }
    holder = next;
  }
}
