// What a thread of the store does: the writer's commits and checkpoints, the reader only reads.

import { parentPort, workerData } from "node:worker_threads";
import { endThread } from "../../../core/thread.ts";
import { type Connection, openReader, openWriter, probe, setCheckpoints } from "./connection.ts";
import { copyInto, moveLog, openCopier } from "./copier.ts";
import { explainOpening, refuseLostDatabase } from "./explain.ts";
import { faultOf } from "./fault.ts";
import type { Answer, Calls, Request, ThreadData } from "./messages.ts";
import { refuseHalfMoved } from "./half-moved.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { Pace } from "./pace.ts";
import { Presence } from "./presence.ts";
import { Queries } from "./queries.ts";
import { removeFires } from "./remove-fires.ts";
import { Remover } from "./remover.ts";
import { rescue } from "./rescue.ts";
import { runRead } from "./run-read.ts";
import { FIRST_PAGES, returnSpace } from "./space.ts";
import { Suspects } from "./suspects.ts";
import { VaultWriter } from "./vault-writer.ts";
import { Writer } from "./writer.ts";

type Handlers = {
  [Name in keyof Calls]: (...args: Calls[Name]["args"]) => Calls[Name]["result"];
};

/** How often a writer with nothing to do looks whether its files are still there. */
const LOOK_MS = 1_000;

const { role, path, durability, turns } = workerData as ThreadData;
const port = parentPort!;
const tell = (answer: Answer) => port.postMessage(answer);

function open(): Connection {
  if (role === "reader") return openReader(path);
  if (role === "copier") return openCopier(path);
  refuseLostDatabase(path);
  const connection = openWriter(path, durability);
  try {
    refuseHalfMoved(connection);
    migrate(connection, MIGRATIONS, Date.now());
    probe(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Serves calls until it is closed. */
function serve(connection: Connection): void {
  const queries = new Queries(connection);
  const presence = new Presence(path, () => rescue(connection, path));
  const writer = role === "writer" ? new Writer(connection, presence) : null;
  const vault = writer === null ? null : new VaultWriter(connection, writer);
  const remover = writer === null ? null : new Remover(connection, writer);
  const suspects = writer === null ? null : new Suspects(connection);
  if (turns) suspects?.watch(new Float64Array(turns));
  const opened = writer?.opened() ?? { lastEventId: 0, lastRunNo: 0 };

  const pages = new Pace(FIRST_PAGES);
  const handlers: Handlers = {
    commitWhole: (batch) => writer!.commitWhole(batch),
    commitEach: (batch, firstEventId) => writer!.commitEach(batch, firstEventId),
    createVault: (meta) => vault!.createVault(meta),
    putSecret: (row) => vault!.putSecret(row),
    deleteSecret: (name) => vault!.deleteSecret(name),
    rekey: (change) => vault!.rekey(change),
    countDeaths: () => suspects!.countDeaths(),
    suspect: (runNo, doing) => suspects!.suspect(runNo, doing),
    condemn: (runNo, deaths) => suspects!.condemn(runNo, deaths),
    trust: (runNo) => suspects!.trust(runNo),
    removeRuns: (runs, options) => remover!.removeRuns(runs, options),
    removeFires: (kept, options) => removeFires({ queries, writer: writer! }, kept, options),
    returnSpace: (budgetMs) => returnSpace(connection, writer!, { budgetMs, pace: pages }),
    checkpoints: (on) => setCheckpoints(connection, on),
    copy: (file) => copyInto(connection, file),
    moveLog: () => moveLog(connection),
    read: (name, args) => runRead(queries, name, args),
    cpu: () => process.threadCpuUsage(),
    close: () => close(connection, suspects),
  };

  port.on("message", ({ id, call, args }: Request) => {
    try {
      const handler = handlers[call] as (...args: unknown[]) => unknown;
      tell({ kind: "result", id, value: handler(...args) });
    } catch (error) {
      tell({ kind: "error", id, message: (error as Error).message, fault: faultOf(error, path) });
    }
    // Without its port the thread has nothing left to do and ends.
    if (call === "close") endThread(port);
  });
  if (writer) watch(presence);
  tell({ kind: "opened", opened });
}

/** What would be noticed at the next commit is told also when none comes. */
function watch(presence: Presence): void {
  const looking = setInterval(() => {
    try {
      presence.check();
    } catch (error) {
      clearInterval(looking);
      tell({ kind: "fault", fault: faultOf(error, path)! });
    }
  }, LOOK_MS);
  looking.unref();
}

/** Null, or why the log stays: what is in it is read from there at the next start. */
function close(connection: Connection, suspects: Suspects | null): string | null {
  let left: string | null = null;
  try {
    suspects?.close();
    // What is in the log moves into the database, so that the file alone is a whole copy.
    if (role === "writer") connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (error) {
    left = (error as Error).message;
  }
  connection.close();
  return left;
}

try {
  serve(open());
} catch (error) {
  tell({ kind: "unopened", message: explainOpening(error, path) });
  endThread(port);
}
