// How tests hold many raw connections to a daemon at once.

import { connect, type Socket } from "node:net";
import { afterwards, type Cleanup } from "./daemon.ts";

/** Connections that say `text`, or nothing, and read nothing; cut after the test. */
export function holdSockets(
  t: Cleanup,
  { url, count, text = "" }: { url: string; count: number; text?: string | Buffer },
): Socket[] {
  const port = Number(new URL(url).port);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({ host: "127.0.0.1", port });
    // Closed by the daemon, or refused: that is what the test looks at from elsewhere.
    socket.on("error", () => {}).pause();
    if (text.length > 0) socket.write(text);
    return socket;
  });
  afterwards(t, () => sockets.forEach((socket) => socket.destroy()));
  return sockets;
}

/** Resolves when every one of them is connected or closed. */
export async function settledSockets(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(sockets.map((socket) =>
    new Promise<void>((resolve) => {
      if (!socket.connecting) return resolve();
      socket.once("connect", resolve).once("close", () => resolve());
    })
  ));
}
