// `databases.ts create|drop SOCKET NAME…`: databases of the tests' server, for whoever cannot wait for one.

import { Session } from "../../engine/store/postgres/session.ts";
import { serverAddress } from "../../engine/store/postgres/url.ts";
import { databaseUrl } from "./store-env.ts";

const [what, socket, ...names] = process.argv.slice(2);
const session = await Session.open(serverAddress(databaseUrl(socket!, "postgres")), "opcode tests");
for (const name of names) {
  await session.run(
    what === "create" ? `CREATE DATABASE ${name}` : `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
  );
}
await session.close();
