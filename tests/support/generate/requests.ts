// Which HTTP requests are generated from an OpenAPI document: valid ones, nearly valid ones, hostile ones.

import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { type Described, operationsIn } from "../openapi.ts";
import { definition } from "./definitions.ts";
import { Draw, fromSchema, json, nested, object, text } from "./values.ts";

export interface GeneratedRequest {
  method: string;
  /** As it stands in the document. */
  route: string;
  /** As it is sent, with the query. */
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** What earlier answers told of; requests name the newest. */
export type Known = Record<"runs" | "decisions" | "schedules", string[]>;

const MOST_KNOWN = 200;

/** Streams do not end, and copies fill the disk: tests of their own have them. */
const LEFT_OUT = ["follow_events", "backup"];

/** What others need before they mean anything. */
const OFTEN = ["define", "run", "rerun", "fork", "signal", "resolve", "list_decisions"];

/** Names of templates that requests give. */
export const TEMPLATES = Array.from({ length: 30 }, (_, i) => `t${i}`);
const AGENTS = Array.from({ length: 10 }, (_, i) => `agent-${i}`);
const SECRETS = ["TOKEN", "KEY", "a.b-1"];
/** So far apart that none is due while requests are made: each run was asked for by one. */
const CRONS = ["0 0 29 2 *", "30 2 1 1 *", "61 * * * *", "0 0 30 2 *"];

export function knownNothing(): Known {
  return { runs: [], decisions: [], schedules: [] };
}

export function learn(list: string[], id: unknown): void {
  if (typeof id !== "string") return;
  list.push(id);
  if (list.length > MOST_KNOWN) list.shift();
}

export class RequestGenerator {
  readonly #operations: ReturnType<typeof operationsIn>;
  readonly #known: Known;

  constructor(document: JsonObject, known: Known) {
    this.#operations = operationsIn(document).flatMap((one) => {
      const { operationId: id } = one.operation;
      return LEFT_OUT.includes(id) ? [] : Array<typeof one>(OFTEN.includes(id) ? 8 : 1).fill(one);
    });
    this.#known = known;
  }

  next(random: () => number): GeneratedRequest {
    const draw = new Draw(random);
    const { path: route, method, operation } = draw.pick(this.#operations);
    const path = route.replaceAll(
      /\{(\w+)\}/g,
      (_, name: string) => encodeURIComponent(this.#inPath(draw, route, name).toWellFormed()),
    );
    const request: GeneratedRequest = {
      method: method.toUpperCase(),
      route,
      path: path + this.#query(draw, operation),
      headers: {},
      body: undefined,
    };
    if (operation.requestBody) {
      const { schema } = operation.requestBody.content["application/json"]!;
      request.headers["content-type"] = "application/json";
      request.body = this.#body(draw, schema, operation.operationId);
    }
    return draw.chance(0.05) ? hostile(draw, request) : request;
  }

  #inPath(draw: Draw, route: string, name: string): string {
    if (draw.chance(0.1)) return text(draw) || "x";
    const [, , , resource] = route.split("/");
    if (name === "version") return draw.pick(["v1", "2", "latest", "v0", "new"]);
    if (name === "id") {
      const ids = this.#known[resource as keyof Known] ?? [];
      return ids.length > 0 ? draw.pick(ids) : "nobody";
    }
    if (resource === "secrets") return draw.pick(SECRETS);
    return resource === "actions" ? draw.pick(["crypto.hash", "fs.raed"]) : draw.pick(TEMPLATES);
  }

  #query(draw: Draw, { parameters = [] }: Described): string {
    const pairs: [string, string][] = [];
    for (const { name, in: where, schema } of parameters) {
      if (where !== "query" || !draw.chance(0.2)) continue;
      const value = this.#inQuery(draw, name, schema);
      pairs.push([name, typeof value === "string" ? value : JSON.stringify(value)]);
    }
    if (draw.chance(0.05)) pairs.push([draw.pick(["limit", "colour", "__proto__", ""]), "1"]);
    if (pairs.length === 0) return "";
    return "?" +
      pairs.map((pair) => pair.map((part) => encodeURIComponent(part.toWellFormed())).join("="))
        .join("&");
  }

  #inQuery(draw: Draw, name: string, schema: JsonObject): Json {
    if (draw.chance(0.1)) return text(draw);
    if (name === "wait_ms") return 0;
    if (name === "limit") return draw.int(1, 20);
    if (name === "search") return draw.pick(["t1", "t", "leaf", "0198abcd", "zzz"]);
    if (name === "run" || name === "id") return this.#id(draw, "runs");
    if (schema.format === "date-time") return draw.pick(TIMES);
    if (schema.type === "array") {
      const { enum: names } = schema.items as { enum: string[] };
      return draw.many(1, 3, () => draw.pick(names)).join(",");
    }
    return this.#named(draw, name) ?? fromSchema(draw, schema);
  }

  #id(draw: Draw, kind: keyof Known): string {
    const ids = this.#known[kind];
    return ids.length > 0 ? draw.pick(ids) : "nobody";
  }

  #body(draw: Draw, schema: JsonObject, id: string): string {
    const { properties, required = [] } = schema as {
      properties: Record<string, JsonObject>;
      required?: string[];
    };
    const body: JsonObject = {};
    for (const [name, one] of Object.entries(properties)) {
      if (!required.includes(name) && draw.chance(0.6)) continue;
      body[name] = this.#named(draw, name) ?? fromSchema(draw, one);
    }
    if (draw.chance(0.3)) mutate(draw, body, Object.keys(properties));
    // Whoever prunes takes away what others are counted by.
    if (id === "prune") body.dry_run = true;
    return JSON.stringify(body);
  }

  /** A value that makes sense under this name; undefined to take any. */
  #named(draw: Draw, name: string): Json | undefined {
    if (draw.chance(0.05)) return undefined;
    const made: Record<string, () => Json> = {
      template_name: () => draw.pick(TEMPLATES),
      name: () => draw.pick(TEMPLATES),
      workflow_id: () => this.#id(draw, "runs"),
      from_run: () => this.#id(draw, "runs"),
      parent_workflow_id: () => this.#id(draw, "runs"),
      decision_id: () => this.#id(draw, "decisions"),
      agent_id: () => draw.pick(AGENTS),
      target_agent_id: () => draw.pick(AGENTS),
      step_id: () => `s${draw.int(0, 3)}`,
      from_step: () => `s${draw.int(0, 3)}`,
      version: () => draw.pick(["v1", "latest", "v2", ""]),
      definition: () => defined(draw),
      params: () => ({ x: draw.int(0, 5), n: draw.int(0, 9), ...object(draw) }),
      input_schema: () => draw.pick<JsonObject>([{}, { type: "object" }]),
      output_schema: () => draw.pick<JsonObject>([{}, { type: "object" }]),
      triggers: () => ({}),
      filter: () =>
        draw.pick<JsonObject>([
          { template_name: draw.pick(TEMPLATES) },
          { agent_id: draw.pick(AGENTS), status: "suspended" },
          { search: "t1" },
          {},
        ]),
      confirm: () => draw.int(1, 4),
      against: () => "v1",
      idempotency_key: () => `key-${draw.int(0, 2_000)}`,
      wait_ms: () => draw.chance(0.7) ? 0 : draw.int(1, 20),
      // Later than any test takes: it is pending, and may be cancelled.
      delay: () => draw.pick(["400d", "9000h", "soon"]),
      start_at: () => "2031-01-01T00:00:00Z",
      cron: () => draw.pick(CRONS),
      timezone: () => draw.pick(["UTC", "Europe/Berlin", "Europe/Berln"]),
      jitter: () => draw.pick(["0s", "5m", "25h"]),
      end_at: () => draw.pick([null, "2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z"]),
      from: () => "2024-01-01T00:00:00Z",
      to: () => "2026-01-01T00:00:00Z",
      payload: () => draw.pick<JsonObject>([{}, { choice: "yes" }, { name: "go" }, object(draw)]),
      choice: () => draw.pick(["yes", "no", "perhaps"]),
      // A raw one: what is derived of a passphrase takes its time.
      key: () => `hex:${draw.pick(["01", "02", "zz"]).repeat(32)}`,
      older_than: () => draw.pick(["30d", "0s", "soon"]),
    };
    return Object.hasOwn(made, name) ? made[name]!() : undefined;
  }
}

const TIMES = ["2026-01-01T00:00:00Z", "2031-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"];

/** A definition that now and then asks, waits for a signal, or fails. */
export function defined(draw: Draw): JsonObject {
  if (draw.chance(0.7)) return definition(draw);
  const options = [{ id: "yes" }, { id: "no" }];
  return draw.pick<JsonObject>([
    { steps: [{ id: "s0", type: "reasoning", config: { prompt_context: "Go?", options } }] },
    { steps: [{ id: "s0", type: "wait", config: { signal: "go" } }] },
    { steps: [{ id: "s0", action: "assert.equals", params: { expected: 1, actual: 2 } }] },
  ]);
}

/** Makes one member of the body wrong, or another one. */
function mutate(draw: Draw, body: JsonObject, names: string[]): void {
  const name = draw.pick([...names, "nothing", "__proto__", text(draw)]);
  if (draw.chance(0.3)) delete body[name];
  else {
    const value = draw.chance(0.1) ? nested(draw.int(50, 3_000), draw.chance(0.5)) : json(draw);
    Object.defineProperty(body, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/** What nobody's client sends. */
function hostile(draw: Draw, request: GeneratedRequest): GeneratedRequest {
  const { path, body, headers } = request;
  const broken = [
    { path: path.replace("/api/v1", "/api/v1/.."), body, headers },
    { path: `${path}%00`, body, headers },
    { path: `${path}/%2e%2e%2f%2e%2e`, body, headers },
    { path: `${path}${path.includes("?") ? "&" : "?"}limit=1&limit=2`, body, headers },
    { path: `${path}?%ff=%fe`, body, headers },
    { method: draw.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]) },
    { body: draw.pick(["", "{", "[]", "null", "1", '{"a":1,"a":2}', "\u0000", '{"__proto__":1}']) },
    { body: `{"params":{"x":"${"x".repeat(200_000)}"}}` },
    { headers: { "content-type": draw.pick(["text/plain", "application/xml", "a"]) } },
    { headers: { ...headers, "content-encoding": "gzip" } },
    { headers: { ...headers, origin: "http://evil.example" } },
  ];
  const made = { ...request, ...draw.pick<Partial<GeneratedRequest>>(broken) };
  // A body belongs to these alone.
  if (made.method === "GET" || made.method === "HEAD") made.body = undefined;
  return made;
}

/** All ids in an answer that later requests may name. */
export function learnFrom(known: Known, answer: unknown): void {
  if (!isObject(answer as Json)) return;
  const { workflow_id, pending_decisions, decisions, schedules } = answer as JsonObject;
  learn(known.runs, workflow_id);
  for (const one of [pending_decisions, decisions]) {
    if (!Array.isArray(one)) continue;
    for (const each of one) learn(known.decisions, (each as JsonObject).decision_id);
  }
  if (Array.isArray(schedules)) {
    for (const each of schedules) learn(known.schedules, (each as JsonObject).id);
  }
  if ((answer as JsonObject).cron !== undefined) learn(known.schedules, (answer as JsonObject).id);
}
