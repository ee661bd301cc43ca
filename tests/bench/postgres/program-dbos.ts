// Ten durable steps in DBOS behind an HTTP server, as a process of its own: `node program-dbos.ts`.

import { randomUUID } from "node:crypto";
import { importPeer, serveRuns } from "./program.ts";

const { DBOS } = await importPeer("@dbos-inc/dbos-sdk");

const compute = () => Promise.resolve(randomUUID());

const seq10 = DBOS.registerWorkflow(async () => {
  let last = "";
  for (let i = 0; i < 10; i++) last = await DBOS.runStep(compute, { name: `s${i}` });
  return last;
}, { name: "seq10" });

DBOS.setConfig({
  name: "bench",
  applicationVersion: "1",
  systemDatabaseUrl: process.env.DATABASE_URL,
  systemDatabasePoolSize: Number(process.env.POOL_SIZE),
  // Lines of each start and end are not what is measured.
  logLevel: "error",
});
await DBOS.launch();
// Their guide: whoever needs the result calls the workflow and awaits it.
await serveRuns(() => seq10(), () => DBOS.shutdown());
