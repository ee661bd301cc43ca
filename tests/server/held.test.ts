// Whether places for streams and waiting calls are bounded, given back, and passed on in good order.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Held, inPlace } from "../../server/held.ts";
import { shareDescriptors } from "../../server/descriptors.ts";

describe("places", () => {
  test("are refused when there are no more, and given back once", () => {
    const held = new Held(2, "open streams");
    const [first] = [held.enter(), held.enter()];
    assert.throws(() => held.enter(), {
      code: "BUSY",
      message: "there is no room for more than 2 open streams",
      details: { limit: 2, retry_after_ms: 1_000 },
    });
    first!();
    first!();
    held.enter();
    assert.equal(held.count, 2);
  });

  test("of calls that wait pass from the longest waiting to the next", async (t) => {
    t.mock.method(performance, "now", () => now);
    let now = 0;
    const held = new Held(2, "calls");
    const { signal } = new AbortController();
    const wait = () =>
      inPlace(
        held,
        signal,
        (ended) =>
          new Promise<string>((resolve) =>
            ended.addEventListener("abort", () => resolve("answered early"))
          ),
      );
    const first = wait();
    void wait();
    await assert.rejects(wait(), { code: "BUSY" });
    now = 1_000;
    void wait();
    assert.equal(await first, "answered early");
    assert.equal(held.count, 2);
  });

  test("end with whoever hangs up", async () => {
    const held = new Held(1, "calls");
    const caller = new AbortController();
    const call = inPlace(
      held,
      caller.signal,
      (ended) => new Promise<void>((resolve) => ended.addEventListener("abort", () => resolve())),
    );
    caller.abort();
    await call;
    assert.equal(held.count, 0);
  });
});

describe("connections get what the daemon's own work leaves", () => {
  const cases: [limit: number, poolSize: number, connections: number][] = [
    [256, 10, 112],
    [1_024, 10, 880],
    [20_000, 10, 4_096],
    [Infinity, 10, 4_096],
    // However large the pool, callers are not locked out.
    [1_024, 10_000, 256],
    [16, 10, 8],
  ];
  for (const [limit, poolSize, connections] of cases) {
    test(`${limit} descriptors, ${poolSize} slots`, () => {
      const shares = shareDescriptors({ limit, poolSize, most: 4_096 });
      assert.equal(shares.connections, connections);
      assert.ok(shares.streams + shares.waits <= connections * 3 / 4);
    });
  }
});
