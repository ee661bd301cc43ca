// Whether a client that does not finish what it began to send is let go of.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { silentLogger } from "../../core/log.ts";
import { Connections } from "../../server/connections.ts";
import { bindDoor } from "../../server/door.ts";
import { afterwards } from "../support/daemon.ts";

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
    const socket = connect({ host: "127.0.0.1", port: door.port });
    let answer = "";
    socket.setEncoding("utf8").on("data", (text) => answer += text);
    socket.write(begun);
    await once(socket, "close");
    assert.match(answer, /^HTTP\/1\.1 408 /);
  }
  const answered = await fetch(`http://127.0.0.1:${door.port}/`, { method: "POST", body: "whole" });
  assert.equal(await answered.text(), "whole");
});
