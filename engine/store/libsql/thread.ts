// What a thread of the store does: the writer's commits and checkpoints, the reader only reads.

import { parentPort, workerData } from "node:worker_threads";
import { openReader, openWriter } from "./connection.ts";
import type { Answer, Calls, Request, ThreadData } from "./messages.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { runRead } from "./reads/index.ts";
import { Source } from "./reads/source.ts";
import { VaultWriter } from "./vault-writer.ts";
import { Writer } from "./writer.ts";

type Handlers = {
  [Name in keyof Calls]: (...args: Calls[Name]["args"]) => Calls[Name]["result"];
};

const data = workerData as ThreadData;
const port = parentPort!;
const tell = (answer: Answer) => port.postMessage(answer);

const connection = data.role === "writer"
  ? openWriter(data.path, data.durability)
  : openReader(data.path);
if (data.role === "writer") migrate(connection, MIGRATIONS, Date.now());
const source = new Source(connection);
const writer = data.role === "writer" ? new Writer(connection) : null;
const vault = writer === null ? null : new VaultWriter(connection, writer);

const handlers: Handlers = {
  commitWhole: (batch) => writer!.commitWhole(batch),
  commitEach: (batch, firstEventId) => writer!.commitEach(batch, firstEventId),
  createVault: (meta) => vault!.createVault(meta),
  putSecret: (row) => vault!.putSecret(row),
  deleteSecret: (name) => vault!.deleteSecret(name),
  rekey: (change) => vault!.rekey(change),
  read: (name, args) => runRead(source, name, args),
  cpu: () => process.threadCpuUsage(),
  close() {
    // What is in the log moves into the database, so that the file alone is a whole copy.
    if (writer !== null) connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    connection.close();
    return null;
  },
};

port.on("message", ({ id, call, args }: Request) => {
  try {
    const handler = handlers[call] as (...args: unknown[]) => unknown;
    tell({ kind: "result", id, value: handler(...args) });
  } catch (error) {
    tell({ kind: "error", id, message: (error as Error).message });
  }
  // Without its port the thread has nothing left to do and ends.
  if (call === "close") port.close();
});

tell({ kind: "opened", opened: writer?.opened() ?? { lastEventId: 0, lastRunNo: 0 } });
