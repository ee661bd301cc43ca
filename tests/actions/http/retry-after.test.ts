// When a failed request may be tried again, and when the server wants that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfter } from "../../../actions/http/retry-after.ts";
import { isRetryable, type OpcodeError } from "../../../core/errors.ts";
import { execute } from "../../support/action-context.ts";
import { httpServer } from "../../support/http-server.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

const HEADERS: [headers: Record<string, string>, ms: number | undefined][] = [
  [{}, undefined],
  [{ "Retry-After": "7" }, 7_000],
  [{ "Retry-After": "0" }, 0],
  [{ "Retry-After": "Thu, 01 Jan 2026 00:00:05 GMT" }, 5_000],
  [{ "Retry-After": "Wed, 31 Dec 2025 23:00:00 GMT" }, 0],
  // The server's clock is an hour ahead, and so is its date.
  [
    { "Retry-After": "Thu, 01 Jan 2026 01:00:05 GMT", Date: "Thu, 01 Jan 2026 01:00:00 GMT" },
    5_000,
  ],
  [{ "Retry-After": "Thursday, 01-Jan-26 00:00:05 GMT" }, 5_000],
  [{ "Retry-After": "soon" }, undefined],
  [{ "Retry-After": "-5" }, undefined],
  [{ "Retry-After": "1.5" }, undefined],
  [{ "Retry-After": "2026" + "0".repeat(20) }, undefined],
];

for (const [headers, ms] of HEADERS) {
  test(`Retry-After as in ${JSON.stringify(headers)}`, () => {
    assert.equal(retryAfter(headers, NOW).retry_after_ms, ms);
  });
}

const STATUSES: [status: number, retryable: boolean][] = [
  [400, false],
  [404, false],
  [408, true],
  [409, false],
  [425, true],
  [429, true],
  [500, true],
  [503, true],
];

for (const [status, retryable] of STATUSES) {
  test(`${status} may${retryable ? "" : " not"} be retried`, async (t) => {
    const server = await httpServer(t, (_, response) => {
      response.writeHead(status, { "retry-after": "3" }).end();
    });
    const params = { url: server.url, fail_on_error_status: true };
    await assert.rejects(execute("http.get", params), (error: OpcodeError) => {
      assert.equal(isRetryable(error.toJSON()), retryable);
      assert.equal(error.details!.retry_after_ms, 3_000);
      return true;
    });
  });
}
