// Which failures of the external actions speak of what was asked, and so may open its breaker.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceCircuit } from "../../actions/fs/circuit.ts";
import { hostCircuit } from "../../actions/http/circuit.ts";
import { programCircuit } from "../../actions/shell/circuit.ts";
import type { JsonObject } from "../../core/json.ts";

const error = (details: JsonObject) => ({ code: "EXECUTION_ERROR" as const, message: "", details });
const cause = (cause_code: string) => error({ cause_code });

test("of a host: that it is not there, breaks off, is not who it should be, or says it is broken", () => {
  const down = [
    ...["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EHOSTUNREACH", "UND_ERR_SOCKET"].map(cause),
    ...["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "HPE_INVALID_CONSTANT"].map(cause),
    error({ timeout: true, limit: "http.default_timeout" }),
    error({ status_code: 500 }),
    error({ status_code: 503 }),
  ];
  for (const one of down) assert.equal(hostCircuit.verdict(one, {}), "down", JSON.stringify(one));
});

test("not of a host: the author's time limit, what this machine lacks, what was refused here", () => {
  for (const limit of ["params.timeout", "timeout"]) {
    assert.equal(hostCircuit.verdict(error({ timeout: true, limit }), {}), "unknown");
  }
  for (const code of ["EMFILE", "ENFILE", "ENOMEM", "EADDRNOTAVAIL", "UND_ERR_INVALID_ARG"]) {
    assert.equal(hostCircuit.verdict(cause(code), {}), "unknown", code);
  }
  const refused = { code: "PERMISSION_DENIED" as const, message: "" };
  assert.equal(hostCircuit.verdict(refused, {}), "unknown");
  assert.equal(hostCircuit.verdict(error({}), {}), "unknown");
  // Whoever answers so is there.
  const missing = { ...error({ status_code: 404 }), code: "NON_RETRYABLE" as const };
  assert.equal(hostCircuit.verdict(missing, {}), "up");
});

test("of a program: that the system can start none; nothing that it does itself", () => {
  for (const code of ["EAGAIN", "ENOMEM", "EIO"]) {
    assert.equal(programCircuit.verdict(cause(code), {}), "down", code);
  }
  for (const code of ["ENOENT", "EACCES", "E2BIG", "EMFILE", "ENFILE", "ENOEXEC"]) {
    assert.equal(programCircuit.verdict(cause(code), {}), "unknown", code);
  }
  assert.equal(programCircuit.verdict(error({ exit_code: 1, stdout: "" }), {}), "unknown");
});

test("of a file: its device, and not that it is another than was thought", () => {
  for (const code of ["EIO", "ESTALE", "ENXIO"]) {
    assert.equal(deviceCircuit.verdict(cause(code), {}), "down", code);
  }
  for (const code of ["ENOENT", "EISDIR", "EACCES", "EMFILE", "ENOSPC", "EROFS", "ENAMETOOLONG"]) {
    assert.equal(deviceCircuit.verdict(cause(code), {}), "unknown", code);
  }
});

test("a host is known with its port, a program by its name, and a line by the shell that reads it", () => {
  assert.deepEqual(hostCircuit.target({ url: "http://a.example:81/x?y" }), {
    host: "a.example:81",
  });
  assert.deepEqual(hostCircuit.target({ url: "nonsense" }), { host: "" });
  assert.deepEqual(programCircuit.target({ command: "git" }), { program: "git" });
  assert.deepEqual(programCircuit.target({ command: "ls | wc", shell: true }), {
    program: "/bin/sh",
  });
  assert.equal(deviceCircuit.target({ path: "/x" }), undefined);
});
