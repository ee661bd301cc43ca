// Ten durable steps in openworkflow behind an HTTP server, as a process of its own: `node program-openworkflow.ts`.

import { randomUUID } from "node:crypto";
import { importPeer, serveRuns } from "./program.ts";

const { OpenWorkflow } = await importPeer("openworkflow");
const { BackendPostgres } = await importPeer("openworkflow/postgres");
const { default: postgres } = await importPeer("postgres");

const { PGHOST, DATABASE, POOL_SIZE, CONCURRENCY } = process.env;
// Makes the tables; the driver finds the server's socket and its user in PGHOST and PGUSER.
await (await BackendPostgres.connect(`postgres:///${DATABASE}`)).stop();
// `connect` leaves the driver at ten connections, and their checklist says to size the pool.
const pool = postgres({
  host: PGHOST,
  database: DATABASE,
  max: Number(POOL_SIZE),
  transform: { column: { from: postgres.toCamel } },
});
const backend = BackendPostgres.fromPool(pool);
const ow = new OpenWorkflow({ backend });

const seq10 = ow.defineWorkflow(
  { name: "seq10" },
  async ({ step }: { step: { run(spec: object, work: () => unknown): Promise<string> } }) => {
    let last = "";
    for (let i = 0; i < 10; i++) last = await step.run({ name: `s${i}` }, () => randomUUID());
    return last;
  },
);
const worker = ow.newWorker({ concurrency: Number(CONCURRENCY) });
await worker.start();
await serveRuns(async () => (await seq10.run()).result(), async () => {
  await worker.stop();
  await backend.stop();
});
