// What the thread does that watches whose turn it is: it notes a run on a connection of its own while the main one is stuck.
//
// It does not renew the node's lease: a node that is stuck is to lose it, with the note in its place.

import { parentPort, workerData } from "node:worker_threads";
import { endThread } from "../../../core/thread.ts";
import { LOOK_MS, STUCK, StuckTurn } from "../stuck-turn.ts";
import type { NodeId } from "./node.ts";
import type { Session } from "./session.ts";
import { note, takeBack } from "./suspect-notes.ts";
import type { ServerAddress } from "./url.ts";

export interface WatchData {
  turns: SharedArrayBuffer;
  address: ServerAddress;
  node: NodeId;
}

const { turns, address, node } = workerData as WatchData;
const port = parentPort!;
const stuck = new StuckTurn(new Float64Array(turns));
/** Opened for the first note: most processes have none. */
let session: Session | null = null;
/** What may be noted, and whether it is for certain. */
let noted = { runNo: 0, isSure: false };
let looking: Promise<void> | null = null;

/** What fails is tried again at the next look, on another connection. */
async function look(runNo: number): Promise<void> {
  try {
    if (noted.runNo !== 0 && noted.runNo !== runNo) {
      await takeBack(await connected(), node, noted.runNo);
      noted = { runNo: 0, isSure: false };
    }
    if (runNo !== 0 && !noted.isSure) {
      noted = { runNo, isSure: false };
      await note(await connected(), node, { runNo, doing: STUCK });
      noted.isSure = true;
    }
  } catch {
    session?.destroy();
    session = null;
  }
}

/** What connects is loaded with the first need, too: it takes more memory than all else of the thread. */
async function connected(): Promise<Session> {
  if (session === null || session.lost !== null) {
    const { openSession } = await import("./open-session.ts");
    session = await openSession(address);
  }
  return session;
}

const timer = setInterval(() => {
  const runNo = stuck.look();
  looking ??= look(runNo).finally(() => looking = null);
}, LOOK_MS);

// The only message: it is over.
port.once("message", async () => {
  clearInterval(timer);
  await looking;
  if (noted.runNo !== 0) await look(0);
  await session?.close();
  endThread(port);
});
