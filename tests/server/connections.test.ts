// Which connections are kept and which are given up, against a door with few places and short times.

import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { silentLogger } from "../../core/log.ts";
import { Connections, type ConnectionTimes } from "../../server/connections.ts";
import { bindDoor } from "../../server/door.ts";
import { afterwards, type Cleanup } from "../support/daemon.ts";
import { until } from "../support/test-engine.ts";

const NEVER: ConnectionTimes = { silentMs: 1e9, receivingMs: 1e9, stallMs: 1e9 };
const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const UPLOAD = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf";

async function open(
  t: Cleanup,
  options: {
    most?: number;
    times?: Partial<ConnectionTimes>;
    mostUnread?: number;
    listener?: RequestListener;
  } = {},
) {
  const times = { ...NEVER, ...options.times };
  const connections = new Connections({
    most: options.most ?? 4,
    log: silentLogger,
    times,
    ...(options.mostUnread !== undefined && { mostUnread: options.mostUnread }),
  });
  const door = await bindDoor({ host: "", port: 0 }, {
    connections,
    starting: options.listener ?? ((_, response) => void response.end("fine")),
  });
  afterwards(t, () => door.close(0));
  return { connections, dial: (text = "") => dial(t, door.port, text) };
}

interface Client {
  socket: Socket;
  /** What came so far. */
  text(): string;
  /** Resolves once what came matches. */
  heard(pattern: RegExp): Promise<void>;
  /** All that came, once it is closed. */
  closed: Promise<string>;
}

async function dial(t: Cleanup, port: number, say: string): Promise<Client> {
  const socket = connect({ host: "127.0.0.1", port });
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => text += chunk).on("error", () => {});
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  afterwards(t, () => socket.destroy());
  await once(socket, "connect");
  if (say) socket.write(say);
  const heard = async (pattern: RegExp) => {
    while (!pattern.test(text)) await once(socket, "data");
  };
  return { socket, text: () => text, heard, closed };
}

describe("when there is no room for one more connection", () => {
  test("the longest silent one makes room, before any that was of use", async (t) => {
    const { dial, connections } = await open(t, { most: 3, times: { silentMs: 0 } });
    const used = await dial(GET);
    await used.heard(/fine/);
    const first = await dial();
    const second = await dial();
    const newcomer = await dial(GET);
    await newcomer.heard(/fine/);
    assert.match(await first.closed, /^HTTP\/1\.1 503 .*"code":"BUSY"/s);
    assert.equal(connections.size, 3);
    assert.deepEqual([used.socket.closed, second.socket.closed], [false, false]);
  });

  test("then the one that has been of no use for longest", async (t) => {
    const { dial } = await open(t, { most: 2, times: { silentMs: 0 } });
    const [older, newer] = [await dial(GET), await dial(GET)];
    await older.heard(/fine/);
    await newer.heard(/fine/);
    // Used again: now the other one is the older.
    older.socket.write(GET);
    await older.heard(/fine.*fine/s);
    await (await dial(GET)).heard(/fine/);
    await newer.closed;
    assert.equal(older.socket.closed, false);
  });

  test("then the one whose request does not come to its end", async (t) => {
    const listener: RequestListener = (request, response) => {
      request.resume().on("end", () => response.end("fine"));
    };
    const { dial } = await open(t, { most: 2, times: { receivingMs: 0 }, listener });
    const slow = await dial(UPLOAD);
    const other = await dial(UPLOAD);
    await (await dial(GET)).heard(/fine/);
    assert.match(await slow.closed, /^HTTP\/1\.1 503 /);
    other.socket.write("whole");
    await other.heard(/fine/);
  });

  test("where all wait for answers, and where all are too young, the new one is refused", async (t) => {
    let answer = () => {};
    const listener: RequestListener = (_, response) => answer = () => response.end("fine");
    const { dial } = await open(t, { most: 2, times: { receivingMs: 0 }, listener });
    const busy = await dial(GET);
    await dial();
    const refused = await (await dial(GET)).closed;
    assert.match(refused, /^HTTP\/1\.1 503 .*Retry-After: 1\r\n.*"code":"BUSY"/s);
    answer();
    await busy.heard(/fine/);
  });
});

describe("gives up", () => {
  test("an upload that stalls", async (t) => {
    const listener: RequestListener = (request, response) => {
      request.resume().on("end", () => response.end("fine")).on("error", () => {});
    };
    const { dial, connections } = await open(t, { times: { stallMs: 80 }, listener });
    const stalled = await dial(UPLOAD);
    await stalled.closed;
    await none(connections);
  });

  test("an answer that nobody reads, but not one that is a long time coming", async (t) => {
    const late = Promise.withResolvers<void>();
    const listener: RequestListener = (request, response) => {
      if (request.url === "/large") response.end("x".repeat(64 * 1024 * 1024));
      else late.promise.then(() => response.end("fine"));
    };
    const { dial } = await open(t, { times: { stallMs: 80 }, listener });
    const patient = await dial(GET);
    const deaf = await dial();
    deaf.socket.pause();
    deaf.socket.write(GET.replace("/", "/large"));
    // Its other side is closed under it, which it finds out when it reads again.
    await untilGone(t, deaf.socket);
    assert.equal(patient.socket.closed, false);
    late.resolve();
    await patient.heard(/fine/);
  });
});

test("of answers that nobody reads the largest are given up when all take too much", async (t) => {
  const listener: RequestListener = (request, response) => {
    response.end("x".repeat(Number(request.url!.slice(1)) * 1024 * 1024));
  };
  const { dial, connections } = await open(t, {
    mostUnread: 30 * 1024 * 1024,
    listener,
  });
  const deaf = [];
  for (const mib of [20, 64, 10]) {
    const client = await dial();
    client.socket.pause();
    client.socket.write(GET.replace("/", `/${mib}`));
    deaf.push(client.socket);
  }
  await untilGone(t, deaf[1]!);
  assert.equal(connections.size, 2);
});

test("of 10,000 pipelined requests only so many are worked on at once", async (t) => {
  let [under, most, asked] = [0, 0, 0];
  const answers: (() => void)[] = [];
  const listener: RequestListener = (_, response) => {
    asked++;
    most = Math.max(most, ++under);
    answers.push(() => {
      under--;
      response.end("fine");
    });
    setImmediate(() => answers.splice(0).forEach((answer) => answer()));
  };
  const { dial } = await open(t, { most: 1_000, listener });
  const greedy = await dial(GET.repeat(10_000));
  const text = await greedy.closed;
  assert.ok(most <= 64, `${most} at once`);
  assert.ok(asked < 10_000);
  assert.match(text, /^HTTP\/1\.1 200 /);
  await (await dial(GET)).heard(/fine/);
});

test("a connection that is half closed by its client ends", async (t) => {
  const { dial, connections } = await open(t);
  for (const text of ["", "GET / HTTP", GET]) (await dial(text)).socket.end();
  await none(connections);
});

/** Resolves when every connection has ended on this side too. */
async function none(connections: Connections): Promise<void> {
  while (connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when a paused socket's other side has been closed. */
async function untilGone(t: Cleanup, socket: Socket): Promise<void> {
  const poke = setInterval(() => socket.write(" "), 20);
  afterwards(t, () => clearInterval(poke));
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(poke);
}

test("an idle connection is kept longer than its client is told", async (t) => {
  const stallMs = 20_000;
  let socket: Socket | undefined;
  const { dial } = await open(t, {
    times: { stallMs },
    listener(request, response) {
      socket = request.socket;
      response.end("fine");
    },
  });
  const client = await dial(GET);
  await client.heard(/fine/);
  await until(() => socket!.timeout !== stallMs, "the end of the answer");
  const [, told] = /^Keep-Alive: timeout=(\d+)\r$/im.exec(client.text())!;
  // Who asks in the last moment of what it was told finds the connection open.
  assert.ok(socket!.timeout! >= (Number(told) + 10) * 1_000, `${told} s, ${socket!.timeout} ms`);
});
