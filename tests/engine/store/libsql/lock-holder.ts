// A process that takes a database's lock, then commits run after run and says which are stored.

import { openLibsqlStore } from "../../../../engine/store/libsql/open.ts";
import { acquireLock } from "../../../../engine/store/libsql/lock.ts";
import { event, handOver, run } from "../../../support/rows.ts";

const path = process.argv[2]!;
acquireLock(path);
console.log("locked");
const store = await openLibsqlStore({ path, durability: "full" });
for (;;) {
  const runNo = await store.takeRunNos(1);
  await store.commit([handOver({ creates: [run(runNo)], events: [event(runNo, 1)] })]);
  console.log(runNo);
}
