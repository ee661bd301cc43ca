// A daemon that generated requests are made to: each answer is as described, and all of them add up.

import { Pool } from "undici";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { type Cleanup, spawnDaemon, type SpawnedDaemon } from "../daemon.ts";
import { closed, compilerOf, type Described, operationsIn } from "../openapi.ts";
import { LEAF, LEAF_DEFINITION } from "./definitions.ts";
import { Draw } from "./values.ts";
import { seeded } from "../random.ts";
import {
  defined,
  type GeneratedRequest,
  type Known,
  knownNothing,
  learnFrom,
  RequestGenerator,
  TEMPLATES,
} from "./requests.ts";

/** Longer than any request may take that waits at most 20 ms for its run. */
const HANG_MS = 30_000;

interface Answer {
  status: number;
  type: string;
  body: Json | undefined;
}

type Check = (answer: Answer) => string | undefined;

export class RestFuzz {
  readonly daemon: SpawnedDaemon;
  /** How many answers had each status. */
  readonly statuses: Record<string, number> = {};
  readonly #pool: Pool;
  readonly #generator: RequestGenerator;
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #known: Known = knownNothing();
  /** What the daemon said to be there: it must be, and nothing else. */
  readonly #told = { runs: new Set<string>(), versions: new Set<string>() };
  readonly #schedules = { made: new Set<string>(), deleted: new Set<string>() };

  private constructor(daemon: SpawnedDaemon, pool: Pool, document: JsonObject) {
    this.daemon = daemon;
    this.#pool = pool;
    this.#generator = new RequestGenerator(document, this.#known);
    this.#checks = checksOf(document);
  }

  static async start(cleanup: Cleanup): Promise<RestFuzz> {
    const daemon = await spawnDaemon(cleanup);
    // No socket is used that has idled for so long that the daemon may be closing it.
    const pool = new Pool(daemon.url, { connections: 32, keepAliveMaxTimeout: 5_000 });
    cleanup.after(() => pool.destroy());
    const { body } = await (await pool.request({ method: "GET", path: "/openapi.json" })).body
      .json().then((body) => ({ body: body as JsonObject }));
    const fuzz = new RestFuzz(daemon, pool, body);
    await fuzz.#define(LEAF, LEAF_DEFINITION);
    // Requests begin with something to be about.
    const draw = new Draw(seeded(1));
    for (const name of TEMPLATES) await fuzz.#define(name, defined(draw));
    return fuzz;
  }

  async #define(name: string, definition: JsonObject): Promise<void> {
    const request = {
      method: "POST",
      route: "",
      path: "/api/v1/templates",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, definition, agent_id: "test" }),
    };
    this.#count(request, await this.#send(request));
  }

  /** How many runs answers have told of. */
  get runs(): number {
    return this.#told.runs.size;
  }

  /** Makes one request of the numbers; throws when its answer is not one that is described. */
  async once(random: () => number): Promise<void> {
    const request = this.#generator.next(random);
    const shown = () => JSON.stringify({ ...request, body: request.body?.slice(0, 3_000) });
    let answer: Answer;
    try {
      answer = await this.#send(request);
    } catch (thrown) {
      throw new Error(`${(thrown as Error).message}\nfor ${shown()}`);
    }
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    const fault = this.#faultOf(request, answer);
    if (fault !== undefined) {
      const told = JSON.stringify(answer.body)?.slice(0, 3_000);
      throw new Error(`${answer.status}: ${fault}\nfor ${shown()}\nanswered ${told}`);
    }
    this.#count(request, answer);
    learnFrom(this.#known, answer.body);
  }

  #faultOf({ method, route }: GeneratedRequest, answer: Answer): string | undefined {
    if (answer.status >= 500) return "a fault of the daemon";
    if (method === "HEAD") return undefined;
    const check = this.#checks.get(`${method} ${route} ${answer.status}`);
    if (check) return check(answer);
    if (answer.status < 400) {
      // A path or method that was changed may be another route's.
      const others = [...this.#checks].filter(([name]) => name.endsWith(` ${answer.status}`));
      return others.some(([, one]) => one(answer) === undefined)
        ? undefined
        : "this status is not described";
    }
    return this.#checks.get("failure")!(answer);
  }

  async #send({ method, path, headers, body }: GeneratedRequest): Promise<Answer> {
    const response = await this.#pool.request({
      method: method as "GET",
      path,
      headers,
      ...(body !== undefined && { body }),
      headersTimeout: HANG_MS,
      bodyTimeout: HANG_MS,
    });
    const text = await response.body.text();
    const type = String(response.headers["content-type"] ?? "");
    return {
      status: response.statusCode,
      type,
      body: text === "" ? undefined : type.includes("json") ? JSON.parse(text) as Json : text,
    };
  }

  /** Notes what the answer says to be there from now on. */
  #count({ method, path }: GeneratedRequest, { status, body }: Answer): void {
    if (status >= 300 || method === "GET" || !isObject(body ?? null)) return;
    const told = body as JsonObject;
    if (typeof told.workflow_id === "string") this.#told.runs.add(told.workflow_id);
    for (const fire of (told.fires ?? []) as JsonObject[]) {
      if (typeof fire.workflow_id === "string") this.#told.runs.add(fire.workflow_id);
    }
    if (path.startsWith("/api/v1/templates") && told.version !== undefined && !told.dry_run) {
      this.#told.versions.add(`${told.name} ${told.version}`);
    }
    if (path.startsWith("/api/v1/schedules") && typeof told.name === "string") {
      if (told.deleted) this.#schedules.deleted.add(String(told.id));
      else this.#schedules.made.add(String(told.id));
    }
  }

  /** Whether what is there is what was said to be: nothing half-done, nothing lost; says what is not. */
  async faults(): Promise<string[]> {
    const runs = (await this.#all("runs")).filter((run) => run.parent_workflow_id === undefined)
      .map(({ id }) => String(id));
    const templates = [
      ...await this.#all("templates"),
      ...await this.#all("templates", "&archived=true"),
    ];
    const versions = templates.map(({ name, version }) => `${name} ${version}`);
    const schedules = (await this.#all("schedules")).map(({ id }) => String(id));
    const { made, deleted } = this.#schedules;
    const log = this.daemon.log().split("\n").filter((line) => /"level":"error"/.test(line));
    return [
      ...unlike("run", this.#told.runs, runs),
      ...unlike("version", this.#told.versions, versions),
      ...unlike("schedule", without(made, deleted), schedules),
      ...log.slice(0, 3),
    ];
  }

  async #all(list: string, filter = ""): Promise<JsonObject[]> {
    const rows: JsonObject[] = [];
    let cursor = "";
    do {
      const path = `/api/v1/${list}?limit=1000${filter}${cursor && `&cursor=${cursor}`}`;
      const get = { method: "GET", route: "", path, headers: {}, body: undefined };
      const page = (await this.#send(get)).body as JsonObject;
      rows.push(...page[list] as JsonObject[]);
      cursor = encodeURIComponent(String(page.next_cursor ?? ""));
    } while (cursor !== "");
    return rows;
  }
}

function without(all: Iterable<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...all].filter((one) => !others.has(one)));
}

function unlike(what: string, told: ReadonlySet<string>, there: string[]): string[] {
  const lost = [...without(told, new Set(there))].slice(0, 3);
  const more = [...without(there, told)].slice(0, 3);
  return [
    ...lost.map((id) => `${what} ${id} was told, and is not there`),
    ...more.map((id) => `${what} ${id} is there, and was not told`),
  ];
}

/** What holds an answer against its description, by `METHOD route status`, and `failure`. */
function checksOf(document: JsonObject): ReadonlyMap<string, Check> {
  const strict = closed(document) as JsonObject;
  const compile = compilerOf(strict);
  const { Failure } = (strict.components as unknown as {
    responses: { Failure: Described["responses"][string] };
  }).responses;
  const checkOf = ({ content }: Described["responses"][string]): Check => {
    const [[type, { schema }]] = Object.entries(content) as [[string, { schema: JsonObject }]];
    const validate = compile(schema);
    return (answer) => {
      if (!answer.type.startsWith(type)) return `is ${answer.type}, not ${type}`;
      return validate(answer.body) ? undefined : JSON.stringify(validate.errors!.slice(0, 3));
    };
  };
  const checks = new Map<string, Check>([["failure", checkOf(Failure!)]]);
  for (const { path, method, operation } of operationsIn(strict)) {
    for (const [status, reply] of Object.entries(operation.responses)) {
      if (status === "default") continue;
      checks.set(`${method.toUpperCase()} ${path} ${status}`, checkOf(reply));
    }
  }
  return checks;
}
