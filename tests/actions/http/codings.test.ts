// Whether a body is taken out of the codings and the charset that its response names.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import type { JsonObject } from "../../../core/json.ts";
import { OpcodeError } from "../../../core/errors.ts";
import { actionContext, execute } from "../../support/action-context.ts";
import { httpServer } from "../../support/http-server.ts";

interface Sent {
  headers: Record<string, string | string[]>;
  bytes: Buffer;
}

async function answerTo(t: TestContext, { headers, bytes }: Sent): Promise<JsonObject> {
  const server = await httpServer(
    t,
    (_, response) => void response.writeHead(200, headers).end(bytes),
  );
  return await execute("http.get", { url: `${server.url}/it?key=hidden` });
}

async function failureOf(answer: Promise<unknown>): Promise<OpcodeError> {
  const thrown = await answer.then(() => undefined, (error) => error);
  assert.ok(thrown instanceof OpcodeError, "it does not fail");
  return thrown;
}

const TEXT = "content".repeat(1_000);

test("codings one over the other are taken off in turn", async (t) => {
  const stacks: [string | string[], Buffer][] = [
    ["gzip, br", brotliCompressSync(gzipSync(TEXT))],
    ["br,GZIP", gzipSync(brotliCompressSync(TEXT))],
    [["deflate", "zstd"], zstdCompressSync(deflateSync(TEXT))],
    ["x-gzip, deflate", deflateRawSync(gzipSync(TEXT))],
    ["gzip, gzip, gzip, gzip", gzipSync(gzipSync(gzipSync(gzipSync(TEXT))))],
    ["identity, gzip, identity", gzipSync(TEXT)],
    ["identity", Buffer.from(TEXT)],
  ];
  for (const [coding, bytes] of stacks) {
    const { body, headers } = await answerTo(t, { headers: { "content-encoding": coding }, bytes });
    assert.equal(body, TEXT, String(coding));
    const left = coding === "identity" ? "identity" : undefined;
    assert.equal((headers as JsonObject)["Content-Encoding"], left, String(coding));
  }
});

test("under a coding that nobody knows the body stays as it is, and says by its header how", async (t) => {
  const bytes = gzipSync(TEXT);
  for (const coding of ["compress", "gzip, dcb"]) {
    const output = await answerTo(t, { headers: { "content-encoding": coding }, bytes });
    assert.equal(output.body, bytes.toString("base64"));
    assert.equal(output.body_encoding, "base64");
    assert.equal((output.headers as JsonObject)["Content-Encoding"], coding);
  }
});

test("a body that is not in its coding fails, and the error names the coding and the request", async (t) => {
  const cases: [string, Buffer, string][] = [
    ["gzip", Buffer.from("no gzip"), "gzip"],
    ["gzip", gzipSync(TEXT).subarray(0, 30), "gzip"],
    ["br", Buffer.from("no brotli at all"), "br"],
    ["zstd", Buffer.from("no zstd"), "zstd"],
    ["deflate", Buffer.from("xxxxxxxx"), "deflate"],
    ["br, gzip", gzipSync("no brotli at all"), "br"],
    ["br, gzip", brotliCompressSync(TEXT), "gzip"],
  ];
  for (const [coding, bytes, wrong] of cases) {
    const { code, message, details } = await failureOf(
      answerTo(t, { headers: { "content-encoding": coding }, bytes }),
    );
    assert.equal(code, "EXECUTION_ERROR");
    assert.match(
      message,
      new RegExp(
        `^GET http://[^ ]*/it: the body is no whole ${wrong}, as its Content-Encoding ` +
          `\\(${coding}\\) has it: .`,
      ),
    );
    assert.equal(details!.encoding, wrong, coding);
  }
  const many = "gzip, ".repeat(5).slice(0, -2);
  const { message } = await failureOf(
    answerTo(t, { headers: { "content-encoding": many }, bytes: gzipSync(TEXT) }),
  );
  assert.match(
    message,
    /: the body has 5 content codings, one over the other; at most 4 are taken$/,
  );
});

test("a connection that breaks under a coding is told as what it is", async (t) => {
  const server = await httpServer(t, (_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.write(gzipSync(TEXT).subarray(0, 20), () => response.destroy());
  });
  const { message, details } = await failureOf(execute("http.get", { url: server.url }));
  assert.doesNotMatch(message, /no whole gzip/);
  assert.equal(details!.encoding, undefined);
});

const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();

test("a body in a declared charset is decoded", async (t) => {
  const cases: [string, Buffer, unknown][] = [
    ["text/plain; charset=iso-8859-1", Buffer.from([0x63, 0x61, 0x66, 0xe9]), "café"],
    ["text/plain; charset=latin1", Buffer.from([0xfc]), "ü"],
    ["text/html; charset=windows-1252", Buffer.from([0x80, 0x20, 0x93, 0x94]), "€ “”"],
    ['text/plain;charset="ISO-8859-15"; x=y', Buffer.from([0xa4]), "€"],
    ["text/plain; charset=utf-16le", Buffer.from("grüße", "utf16le"), "grüße"],
    ["text/plain; charset=utf-16", Buffer.from("\ufeffgrüße", "utf16le"), "grüße"],
    ["text/plain; charset=utf-16", utf16be("\ufeffgrüße"), "grüße"],
    ["text/plain", Buffer.from("\ufeffohne", "utf16le"), "ohne"],
    ["text/plain; charset=gbk", Buffer.from([0xc4, 0xe3, 0xba, 0xc3]), "你好"],
    ["text/plain; charset=Shift_JIS", Buffer.from([0x93, 0xfa, 0x96, 0x7b]), "日本"],
    ["text/plain; charset=big5", Buffer.from([0xa4, 0xa4]), "中"],
    ["text/plain; charset=koi8-r", Buffer.from([0xc4, 0xc1]), "да"],
    ["application/json; charset=windows-1252", Buffer.from('{"a":"\xe9"}', "latin1"), { a: "é" }],
    ["application/json", Buffer.from('\ufeff{"a":"é"}', "utf16le"), { a: "é" }],
    ["text/plain; charset=utf-8", Buffer.from("é"), "é"],
    ["text/plain; charset=klingon", Buffer.from("é"), "é"],
  ];
  for (const [type, bytes, expected] of cases) {
    const output = await answerTo(t, { headers: { "content-type": type }, bytes });
    assert.deepEqual(output.body, expected, type);
    assert.equal(output.body_encoding, undefined);
  }
});

test("what is no text in its charset stays bytes, and says so", async (t) => {
  const cases: [string, Buffer][] = [
    ["text/plain; charset=klingon", Buffer.from([0xe9, 0x20])],
    ["text/plain; charset=gbk", Buffer.from([0xff, 0xff])],
    ["text/plain; charset=utf-8", Buffer.from([0xe9, 0x20])],
    ["image/png; charset=iso-8859-1", Buffer.from([0x89, 0x50, 0x4e, 0x47])],
    ["application/x-thing; charset=iso-8859-1", Buffer.from([0xe9, 0x00])],
  ];
  for (const [type, bytes] of cases) {
    const output = await answerTo(t, { headers: { "content-type": type }, bytes });
    assert.deepEqual(
      [output.body, output.body_encoding],
      [bytes.toString("base64"), "base64"],
      type,
    );
  }
});

test("a body that is cut is cut between characters of its charset", async (t) => {
  const server = await httpServer(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/plain; charset=gbk" });
    response.end(Buffer.from([0x61, 0xc4, 0xe3, 0xba, 0xc3]));
  });
  const context = actionContext({
    host: { limits: { ...DEFAULT_HOST_LIMITS, httpMaxResponseBody: 4 } },
  });
  const output = await execute("http.get", { url: server.url }, context);
  assert.deepEqual([output.body, output.truncated], ["a你", true]);
});
