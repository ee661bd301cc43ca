// Who is measured: opcode as one node and as three, and each peer, every one as processes of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { databaseUrl } from "../../support/store-env.ts";
import { cpuMsOf } from "../cpu-time.ts";
import { BenchDaemon } from "../daemon.ts";
import { external, pure } from "../workflows.ts";

/** What is started, to be asked for runs. */
export interface Running {
  run(work: Work): Promise<unknown>;
  /** CPU time of its processes so far, in ms. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** Of peers, which commit each step by itself, all are `external`. */
export type Work = "pure" | "external";

export function rowName({ name, works }: Contestant, work: Work): string {
  return works.length > 1 ? `${name}, ${work} steps` : name;
}

export interface Contestant {
  name: string;
  database: string;
  /** The kinds of ten steps that it makes a difference between. */
  works: readonly Work[];
  /** Each of them is to be as warm as a single one. */
  processes?: number;
  /** Whoever waits for its result asks for it once a second. */
  isSlowAlone?: boolean;
  /** `socket`: the directory of the server's, or of a way to it. */
  start(socket: string): Promise<Running>;
}

/** Of each node of opcode nothing is set but where the data are. */
export function opcode(nodes: number): Contestant {
  const database = `opcode_${nodes}`;
  return {
    name: nodes === 1 ? "opcode" : `opcode, ${nodes} nodes`,
    database,
    works: ["pure", "external"],
    processes: nodes,
    async start(socket) {
      const env = { OPCODE_STORE_URL: databaseUrl(socket, database) };
      const daemons: BenchDaemon[] = [];
      for (let i = 0; i < nodes; i++) daemons.push(await BenchDaemon.start("full", { env }));
      await daemons[0]!.define("pure", pure);
      await daemons[0]!.define("external", external);
      let next = 0;
      return {
        run: (work) => daemons[next++ % nodes]!.run(work),
        cpuMs: () => daemons.reduce((sum, daemon) => sum + daemon.cpuMs(), 0),
        async stop() {
          await Promise.all(daemons.map((daemon) => daemon.stop()));
        },
      };
    },
  };
}

/** Ten connections are its default, and did more runs a second on two cores than 20 or 50. */
export const dbos: Contestant = {
  name: "DBOS",
  database: "dbos",
  works: ["external"],
  start: (socket) =>
    peer("program-dbos.ts", {
      DATABASE_URL: databaseUrl(socket, "dbos"),
      POOL_SIZE: process.env.DBOS_POOL ?? "10",
    }),
};

/**
 * A slot for each client, where its guide begins with ten, and 50 connections, which did more runs a
 * second than ten of each. Its result is asked for by its own `result()`, once a second.
 */
export const openworkflow: Contestant = {
  name: "openworkflow",
  database: "openworkflow",
  works: ["external"],
  isSlowAlone: true,
  start: (socket) =>
    peer("program-openworkflow.ts", {
      PGHOST: socket,
      PGUSER: "opcode",
      DATABASE: "openworkflow",
      POOL_SIZE: process.env.OPENWORKFLOW_POOL ?? "50",
      CONCURRENCY: process.env.OPENWORKFLOW_CONCURRENCY ?? "100",
    }),
};

async function peer(program: string, env: Record<string, string>): Promise<Running> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const pool = new Pool(`http://127.0.0.1:${await portOf(child)}`, {
    connections: 128,
    headersTimeout: 0,
  });
  return {
    async run() {
      const response = await pool.request({ method: "POST", path: "/runs", body: "{}" });
      const text = await response.body.text();
      if (response.statusCode !== 200) throw new Error(`${program}: ${text}`);
    },
    cpuMs: () => cpuMsOf(child.pid!),
    async stop() {
      await pool.close();
      const gone = once(child, "close");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** Printed once it can be asked. */
async function portOf(child: ChildProcess): Promise<string> {
  let log = "";
  return await new Promise((resolve, reject) => {
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const found = /^port (\d+)$/m.exec(log);
      if (found) resolve(found[1]!);
    });
    child.once("close", (code) => reject(new Error(`a peer ended with ${code}: ${log}`)));
  });
}
