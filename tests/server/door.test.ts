// Whether a client that does not finish what it began to send is let go of.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../../core/log.ts";
import { Connections } from "../../server/connections.ts";
import { bindDoor } from "../../server/door.ts";
import { afterwards } from "../support/daemon.ts";

/** What is answered to bytes that are no whole request, until the connection ends. */
async function told(port: number, sent: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port });
  let answer = "";
  socket.setEncoding("utf8").on("data", (text) => answer += text);
  socket.on("error", () => {});
  socket.write(sent);
  await once(socket, "close");
  return answer;
}

test("what cannot be read as a request is refused as any other, and the connection ends", async (t) => {
  const door = await bindDoor(
    { host: "", port: 0 },
    {
      connections: new Connections({ most: 100, log: silentLogger }),
      starting: (_request, response) => response.end("{}"),
    },
  );
  afterwards(t, () => door.close(0));
  const long = `GET /${"x".repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  for (const [sent, status] of [[long, 431], ["no HTTP at all\r\n\r\n", 400]] as const) {
    const answer = await told(door.port, sent);
    const [head, body] = answer.split("\r\n\r\n") as [string, string];
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(head, /content-type: application\/json/);
    const { error } = JSON.parse(body);
    assert.deepEqual([error.code, typeof error.message], ["VALIDATION_ERROR", "string"]);
  }
  assert.equal((await fetch(`http://127.0.0.1:${door.port}/`)).status, 200);
});

test("a request whose head or body does not come to its end is cut off", async (t) => {
  const door = await bindDoor(
    { host: "", port: 0 },
    {
      connections: new Connections({ most: 100, log: silentLogger }),
      starting: (request, response) => {
        request.resume();
        request.on("end", () => response.end("whole"));
      },
      // The whole request at the end has the longer of the two on a busy machine.
      times: { headersTimeout: 100, requestTimeout: 1_000, connectionsCheckingInterval: 10 },
    },
  );
  afterwards(t, () => door.close(0));
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n";
  for (const begun of [head, `${head}\r\nhal`]) {
    assert.match(await told(door.port, begun), /^HTTP\/1\.1 408 /);
  }
  const answered = await fetch(`http://127.0.0.1:${door.port}/`, { method: "POST", body: "whole" });
  assert.equal(await answered.text(), "whole");
});
