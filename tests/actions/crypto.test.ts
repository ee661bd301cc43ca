// crypto.*: published vectors, coercion of what is digested, and refusal of the rest.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../../core/json.ts";
import { actionContext, actionNamed, execute, failsWith } from "../support/action-context.ts";

describe("crypto.hash", () => {
  const vectors: [Json, string][] = [
    [
      { data: "hello" },
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ],
    [{ data: "" }, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [{ data: "hello", algorithm: "md5" }, "5d41402abc4b2a76b9719d911017c592"],
    [{ data: "hello", algorithm: "sha1" }, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"],
    [
      { data: "hello", algorithm: "" },
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    ],
    // printf 200 | sha256sum
    [{ data: 200 }, "27badc983df1780b60c2b3fa9d3a19a00e46aac798451f0febdca52920faaddf"],
    // printf '{"a":1}' | sha256sum
    [{ data: { a: 1 } }, "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"],
  ];
  for (const [params, hash] of vectors) {
    test(JSON.stringify(params), async () => {
      assert.equal((await execute("crypto.hash", params)).hash, hash);
    });
  }

  test("an algorithm that is empty or no text is the default", async () => {
    for (const algorithm of ["", 5, true, [], {}, null]) {
      assert.equal((await execute("crypto.hash", { data: "x", algorithm })).algorithm, "sha256");
      const params = { data: "x", key: "k", algorithm };
      assert.equal((await execute("crypto.hmac", params)).algorithm, "sha256");
    }
  });

  test("names the algorithm it used", async () => {
    assert.equal((await execute("crypto.hash", { data: "x" })).algorithm, "sha256");
    const long = await execute("crypto.hash", { data: "x", algorithm: "sha512" });
    assert.equal(long.algorithm, "sha512");
    assert.equal(long.hash.length, 128);
  });

  const refused: [Json, RegExp][] = [
    [{}, /params\.data: is required/],
    [{ data: null }, /params\.data: is required/],
    [{ data: "x", algorithm: "SHA256" }, /params\.algorithm: must be "sha256"/],
    [{ data: "x", algorithm: "crc32" }, /params\.algorithm: must be "sha256"/],
  ];
  for (const [params, message] of refused) {
    test(`refuses ${JSON.stringify(params)}`, async () => {
      await assert.rejects(
        execute("crypto.hash", params),
        failsWith("VALIDATION_ERROR", message),
      );
    });
  }
});

test("crypto.hmac", async () => {
  assert.deepEqual(await execute("crypto.hmac", { data: "hello", key: "secret" }), {
    hmac: "88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b",
    algorithm: "sha256",
  });
  assert.equal((await execute("crypto.hmac", { data: "", key: "" })).hmac.length, 64);
  await assert.rejects(
    execute("crypto.hmac", { data: "x" }),
    failsWith("VALIDATION_ERROR", /params\.key: is required/),
  );
});

test("crypto.uuid is a new version 4 each time", async () => {
  const [first, second] = [await execute("crypto.uuid", {}), await execute("crypto.uuid", {})];
  assert.match(first.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(first.uuid, second.uuid);
});

test("answers plain values, not promises", () => {
  const answer = actionNamed("crypto.hash").execute({ data: "x" }, actionContext());
  assert.ok(!(answer instanceof Promise));
});
