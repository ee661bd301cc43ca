// What an agent can do to its neighbours, each as a flood that goes on until the daemon is stopped.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { defineTemplate } from "./http.ts";
import { Rest } from "./rest.ts";

export interface Flooding {
  rest: Rest;
  url: string;
  /** A directory for files that it reads. */
  home: string;
  /** True: as much of it as a careless agent would; false: enough to show it. */
  full: boolean;
}

export interface Flood {
  name: string;
  /** Resolves once the flood is on; what goes on afterwards ends with the daemon. */
  start(flooding: Flooding): Promise<void>;
}

const AGENT = "flooder";

/** Starts as many runs, some at a time; answers when all are stored, or cut off with the daemon. */
async function startRuns(
  { rest, url }: Flooding,
  { name, steps, count, at = 32 }: {
    name: string;
    steps: JsonObject[];
    count: number;
    at?: number;
  },
): Promise<void> {
  await defineTemplate(url, name, steps);
  let left = count;
  const client = async () => {
    while (left-- > 0) {
      await rest.post("/api/v1/runs", { template_name: name, agent_id: AGENT, wait_ms: 0 });
    }
  };
  await Promise.all(Array.from({ length: at }, client));
}

/** Asks again as soon as it is answered, in so many lines at once, until the daemon is gone. */
function keepAsking(lines: number, ask: () => Promise<unknown>): Promise<void> {
  const first = Promise.withResolvers<void>();
  for (let line = 0; line < lines; line++) {
    (async () => {
      for (;;) {
        await ask();
        first.resolve();
      }
    })().catch(() => first.resolve());
  }
  return first.promise;
}

const sleep = (seconds: number) => ({
  id: "sleep",
  action: "shell.exec",
  params: { command: "sleep", args: [String(seconds)] },
});

const jq = (filter: string) => ({ action: "jq.transform", params: { filter, data: null } });

const loop = (id: string, times: number, ...body: JsonObject[]) => ({
  id,
  type: "loop",
  config: { mode: "while", condition: `iter.index < ${times}`, max_iter: times + 1, body },
});

const wide = (count: number, step: JsonObject) =>
  Array.from({ length: count }, (_, i) => ({ ...step, id: `s${i}` }));

export const FLOODS: readonly Flood[] = [
  {
    name: "runs of sleep 1",
    start: (flooding) =>
      startRuns(flooding, {
        name: "sleepers",
        steps: [sleep(1)],
        count: flooding.full ? 10_000 : 40,
      }),
  },
  {
    name: "runs of sleep 600",
    start: (flooding) => startRuns(flooding, { name: "holders", steps: [sleep(600)], count: 20 }),
  },
  {
    name: "jq programs that never end",
    start: (flooding) =>
      startRuns(flooding, {
        name: "runaways",
        steps: [{ id: "run", ...jq("last(range(infinite))") }],
        count: flooding.full ? 100 : 10,
      }),
  },
  {
    name: "loops of 10,000 pure steps",
    start: (flooding) =>
      startRuns(flooding, {
        name: "loops",
        steps: [loop("turns", 10_000, { id: "x", action: "crypto.uuid" })],
        count: flooding.full ? 200 : 20,
      }),
  },
  {
    name: "500-way fan-outs",
    start: async (flooding) => {
      await defineTemplate(flooding.url, "wide", wide(500, { action: "crypto.uuid" }));
      await keepAsking(8, () => oneRun(flooding, "wide"));
    },
  },
  {
    name: "500-way fan-outs of fs.stat",
    start: async (flooding) => {
      const stat = { action: "fs.stat", params: { path: "/" } };
      await defineTemplate(flooding.url, "stats", wide(500, stat));
      await keepAsking(8, () => oneRun(flooding, "stats"));
    },
  },
  {
    name: "outputs of 1 MB",
    start: async (flooding) => {
      const path = join(flooding.home, "large.txt");
      writeFileSync(path, "x".repeat(1_000_000));
      await defineTemplate(
        flooding.url,
        "large",
        wide(10, { action: "fs.read", params: { path } }),
      );
      await keepAsking(4, () => oneRun(flooding, "large"));
    },
  },
  {
    name: "timers due at once",
    start: (flooding) =>
      startRuns(flooding, {
        name: "timers",
        steps: [
          loop("turns", 10_000, { id: "wait", type: "wait", config: { duration: "10ms" } }),
        ],
        count: flooding.full ? 2_000 : 200,
      }),
  },
  {
    name: "small runs at 100 concurrent",
    start: async (flooding) => {
      const small = wide(10, { action: "crypto.uuid" });
      await defineTemplate(flooding.url, "small", small);
      await keepAsking(100, () => oneRun(flooding, "small"));
    },
  },
  {
    name: "defines",
    start: ({ rest }) =>
      keepAsking(16, () =>
        rest.post("/api/v1/templates", {
          name: "defined",
          agent_id: AGENT,
          definition: { steps: wide(200, { action: "crypto.uuid" }) },
        })),
  },
  {
    name: "queries",
    start: async (flooding) => {
      const steps = wide(20, { action: "crypto.uuid" });
      await startRuns(flooding, { name: "asked", steps, count: 200 });
      const { rest } = flooding;
      const paths = ["/api/v1/events?limit=200", "/api/v1/runs?limit=200"];
      let turn = 0;
      await keepAsking(32, () => rest.get(paths[turn++ % paths.length]!));
    },
  },
];

function oneRun({ rest }: Flooding, template_name: string): Promise<unknown> {
  return rest.post("/api/v1/runs", { template_name, agent_id: AGENT, wait_ms: 60_000 });
}
