// A way to the server that counts how often its caller waits for an answer, by the protocol's own messages.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FILE = ".s.PGSQL.5432";

export interface CountingProxy {
  /** The directory of its socket. */
  socket: string;
  /** Exchanges: what was sent while nothing else on that connection was to be answered. */
  readonly roundTrips: number;
  /** Answers, of which one exchange may have several. */
  readonly answers: number;
  close(): Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const directory = mkdtempSync(join(tmpdir(), "opcode-count-"));
  const open = new Set<Socket>();
  const proxy = {
    socket: directory,
    roundTrips: 0,
    answers: 0,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
      rmSync(directory, { recursive: true, force: true });
    },
  };
  const server = createServer((near) => {
    const far = connect(join(target, FILE));
    // Unanswered ones; the first, without a type, is how a connection begins.
    let waiting = 1;
    const asked = messages(true, (type) => {
      if (type !== "S" && type !== "Q") return;
      if (waiting++ === 0) proxy.roundTrips++;
    });
    const answered = messages(false, (type) => {
      if (type !== "Z") return;
      waiting--;
      proxy.answers++;
    });
    for (const [from, to, seen] of [[near, far, asked], [far, near, answered]] as const) {
      open.add(from);
      from.on("data", (chunk: Buffer) => {
        seen(chunk);
        to.write(chunk);
      });
      from.on("error", () => to.destroy()).on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(join(directory, FILE));
  await once(server, "listening");
  return proxy;
}

/** Tells the type of each message in a stream of them; `begins`: the first has a length and no type. */
function messages(begins: boolean, tell: (type: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = begins;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const head = isFirst ? 0 : 1;
      if (rest.length < head + 4) return;
      const length = head + rest.readInt32BE(head);
      if (rest.length < length) return;
      if (!isFirst) tell(String.fromCharCode(rest[0]!));
      isFirst = false;
      rest = rest.subarray(length);
    }
  };
}
