// Whether secrets of every shape show anywhere around a daemon whose workflows do with them what they can.
//
// SECRETS=200 makes as many of them, of other shapes each time; else there are eight, always the
// same. SEED repeats a run.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { afterwards, spawnDaemon, tempHome } from "../support/daemon.ts";
import { startEchoServer } from "../support/echo-server.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";
import { chooseSeed, seeded } from "../support/random.ts";

const COUNT = Number(process.env.SECRETS ?? 8);
/** Bytes of a secret that must stand nowhere. */
const GRAM = 10;
const CUT_AT = 8192;

type Random = () => number;
const below = (random: Random, n: number) => Math.floor(random() * n);

function word(random: Random, length: number, letters: string): string {
  return Array.from({ length }, () => letters[below(random, letters.length)]).join("");
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE64 = `${LETTERS}+/`;
const MARKS = `!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ `;
const BEYOND = "äöüßéñ€日本語😀Ω";

/** A secret of each shape, and what of it is random: that alone can be told from anything else. */
const SHAPES: Record<string, (random: Random) => string> = {
  "short": (random) => word(random, 6, LETTERS) + word(random, 4, "#%+"),
  "token": (random) => word(random, 40, LETTERS),
  "longer than an automaton's head": (random) => word(random, 500, LETTERS),
  "large": (random) => word(random, 20_000, BASE64),
  "of marks": (random) => word(random, 30, LETTERS + MARKS + MARKS),
  "special to regular expressions": (random) =>
    `^(${word(random, 12, LETTERS)}.*)+[${word(random, 12, LETTERS)}]{2}$`,
  "unicode": (random) =>
    Array.from({ length: 24 }, () => [...BEYOND, ...LETTERS][below(random, 75)]).join(""),
  "like base64": (random) => `${word(random, 43, BASE64)}=`,
  "like a URL": (random) =>
    `https://${word(random, 12, LETTERS)}:${word(random, 12, LETTERS + "!$")}@h.example/${
      word(random, 12, LETTERS)
    }?k=${word(random, 20, LETTERS)}`,
  "numeric": (random) => `${1 + below(random, 9)}${word(random, 21, "0123456789")}`,
  "with control characters": (random) =>
    `${word(random, 12, LETTERS)}\t${word(random, 12, LETTERS)}\x1b\x07${
      word(random, 12, LETTERS)
    }`,
  "lines": (random) =>
    Array.from({ length: 5 }, () => word(random, 20, LETTERS + "'\"&")).join("\n"),
  "a PEM key": (random) =>
    `-----BEGIN PRIVATE KEY-----\n${
      Array.from({ length: 12 }, () => word(random, 64, BASE64)).join("\n")
    }\n` +
    `-----END PRIVATE KEY-----\n`,
  "JSON": (random) =>
    JSON.stringify(
      {
        user: word(random, 12, LETTERS),
        password: word(random, 20, LETTERS + MARKS),
        n: { key: word(random, 30, BASE64) },
      },
      null,
      below(random, 2) * 2,
    ),
  "JSON with a key": (random) =>
    JSON.stringify({
      private_key: `-----BEGIN X-----\n${word(random, 64, BASE64)}\n${
        word(random, 40, BASE64)
      }\n-----END X-----\n`,
    }),
  "quotes and backslashes": (random) =>
    `${word(random, 10, LETTERS)}"'\\\\'${word(random, 10, LETTERS)}\\n"'${
      word(random, 10, LETTERS + "'\"\\")
    }`,
};

/** What prints a secret in ways of its own. */
const PRINTS = [
  `printf '%s\\n' "$S" "got: $S!"`,
  `printf '%s' "$S" | sed 's/^/    /; s/$/\\r/'`,
  `printf '%q\\n' "$S"; declare -p S; export -p | grep -a -A99 ' S='`,
  `printf '%s' "$S" | base64 -w 20; printf 'user:%s' "$S" | base64`,
  `printf '%s' "$S" | xxd -p; printf '%s' "$S" | od -An -v -tx1`,
  `printf '%s' "$S" >&2; exit 3`,
].map((script) => `${script} || true`);

function stepsFor(token: string, place: { echo: string; file: string }): JsonObject[] {
  const ignore = { on_error: { strategy: "ignore" } };
  const step = (id: string, action: string, params: JsonObject, more: JsonObject = {}) => ({
    id,
    action,
    params,
    ...ignore,
    ...more,
  });
  const bash = (id: string, script: string) =>
    step(id, "shell.exec", { command: "bash", args: ["-c", script], env: { S: token } });
  const filters = [
    ".",
    "tojson",
    "@html",
    "@sh",
    '@csv "\\([.])"',
    "@uri",
    "@base64",
    "tonumber",
    "fromjson",
    "keys",
  ];
  const expressions = [
    "data",
    "toJSON(data)",
    "toBase64(data)",
    "int(data)",
    "fromJSON(data)",
    "upper(data)",
    "date(data)",
  ];
  return [
    ...PRINTS.map((script, i) => bash(`print-${i}`, script)),
    // Cut where the output ends.
    bash("cut", `printf '%0${CUT_AT - 14}d%s' 0 "$S"`),
    step("cat", "shell.exec", { command: "cat", stdin: token }),
    step("post", "http.post", {
      url: `${place.echo}/post`,
      body: { t: token },
      query: { q: token },
    }),
    step("header", "http.get", { url: `${place.echo}/header`, headers: { "x-key": token } }),
    step("auth", "http.get", {
      url: `${place.echo}/fail`,
      auth: { type: "basic", username: "u", password: token },
    }),
    step("path", "http.get", { url: `http://127.0.0.1:1/${token}?${token}#${token}` }),
    step("host", "http.get", { url: `http://${token}.invalid/` }),
    step("bad", "http.get", { url: token }),
    step("write", "fs.write", { path: place.file, content: token }),
    step("read", "fs.read", { path: place.file }, { depends_on: ["write"] }),
    step("open", "fs.read", { path: `/nowhere/${token}` }),
    step("equals", "assert.equals", { expected: `${"… ".repeat(20)}${token}`, actual: [token] }),
    step("schema", "assert.schema", { data: token, schema: { const: { [token]: 1 } } }),
    ...filters.map((filter, i) => step(`jq-${i}`, "jq.transform", { filter, data: token })),
    ...expressions.map((expression, i) =>
      step(`expr-${i}`, "expr.eval", { expression, data: token })
    ),
    step("log", "workflow.log", { message: `it is ${token}`, data: { [token]: token } }),
    step("emit", "workflow.emit", { event_type: "e", payload: { t: [token] } }),
    step("notify", "workflow.notify", { message: token, data: token }),
    step("context", "workflow.context", {
      action: "update",
      data: { t: token },
      agent_notes: token,
    }),
    step("child", "workflow.run", { template_name: "child", params: { t: token } }),
    step("none", "workflow.run", { template_name: token }),
    {
      id: "each",
      type: "loop",
      depends_on: ["read"],
      config: {
        over: ["${{steps.read.output.content}}", token],
        body: [step("item", "expr.eval", { expression: "data", data: "<${{loop.item}}>" })],
      },
      ...ignore,
    },
    step("fails", "workflow.fail", { reason: `it was ${token}` }, {
      depends_on: ["each", "log", "notify", "context", "child", "cut", "cat"],
    }),
  ];
}

test("secrets of every shape show in no file, log, answer or stream", async (t) => {
  const seed = process.env.SECRETS || process.env.SEED ? chooseSeed() : 7;
  t.diagnostic(`seed ${seed}, ${COUNT} secrets`);
  const random = seeded(seed);
  const echo = await startEchoServer();
  afterwards(t, () => echo.close());
  const home = tempHome(t);
  const outside = mkdtempSync(join(tmpdir(), "opcode-shapes-"));
  afterwards(t, () => rmSync(outside, { recursive: true, force: true }));
  const daemon = await spawnDaemon(t, {
    home,
    env: {
      OPCODE_VAULT_KEY: "correct horse",
      OPCODE_SHELL_MAX_OUTPUT: String(CUT_AT),
      // Nothing is looked up outside.
      OPCODE_HTTP_ALLOW_HOSTS: "127.0.0.1",
    },
  });
  const shown: [place: string, text: string][] = [];
  const rest = async (method: string, path: string, body?: JsonObject): Promise<any> => {
    const response = await fetch(`${daemon.url}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    shown.push([`${method} ${path}`, text]);
    return JSON.parse(text);
  };
  const mcp = await SDK_CLIENTS[0]!.connect(daemon.url);
  const streaming = readStream(`${daemon.url}/api/v1/events/stream`);
  await rest("POST", "/templates", {
    name: "child",
    agent_id: "tester",
    definition: {
      steps: [{
        id: "a",
        action: "expr.eval",
        params: { expression: "data", data: "${{inputs.t}}" },
      }],
    },
  });

  const secrets: { shape: string; value: string }[] = [];
  const shapes = Object.entries(SHAPES);
  const first = below(random, shapes.length);
  for (let i = 0; i < COUNT; i++) {
    const [shape, make] = shapes[(first + i) % shapes.length]!;
    const value = make(random);
    secrets.push({ shape, value });
    assert.equal((await rest("PUT", `/secrets/S${i}`, { value })).error, undefined);
    const place = { echo: echo.url, file: join(outside, `file-${i}`) };
    const defined = await rest("POST", "/templates", {
      name: `w${i}`,
      agent_id: "tester",
      definition: { steps: stepsFor(`\${{secrets.S${i}}}`, place) },
    });
    assert.equal(defined.error, undefined, JSON.stringify(defined));
    const run = await rest("POST", "/runs", {
      template_name: `w${i}`,
      agent_id: "tester",
      wait_ms: 60_000,
    });
    assert.equal(run.status, "failed", JSON.stringify(run).slice(0, 2000));
    // The real value did reach where it was sent: nothing was merely left out.
    assert.equal(readFileSync(place.file, "utf8"), value);
    const { workflow_id } = run;
    await rest("GET", `/runs/${workflow_id}`);
    await rest("GET", `/events?run=${workflow_id}&limit=1000`);
    for (
      const [name, args] of [
        ["opcode.status", { workflow_id }],
        ["opcode.diagram", { workflow_id }],
        ["opcode.query", { resource: "events", filter: { workflow_id }, limit: 1000 }],
      ] as [string, JsonObject][]
    ) {
      shown.push([`${name} of ${shape}`, JSON.stringify(await mcp.call(name, args))]);
    }
  }
  await mcp.close();
  await rest("GET", "/logs?limit=1000");
  assert.equal(await daemon.stop(), 0);
  shown.push(["the stream", await streaming]);
  shown.push(["the log", daemon.log()]);
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    shown.push([path, readFileSync(path, "latin1")]);
  }
  assertNowhere(secrets, shown);
});

/** All that the stream sends until the daemon ends it. */
async function readStream(url: string): Promise<string> {
  const response = await fetch(url);
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body!) text += decoder.decode(chunk, { stream: true });
  } catch {
    // The daemon has stopped.
  }
  return text;
}

function assertNowhere(
  secrets: { shape: string; value: string }[],
  shown: [place: string, text: string][],
): void {
  const grams = new Map<string, string>();
  for (const { shape, value } of secrets) {
    for (const text of randomParts(shape, value)) {
      for (const bytes of [text, Buffer.from(text).toString("latin1")]) {
        for (let at = 0; at + GRAM <= bytes.length; at++) {
          grams.set(bytes.slice(at, at + GRAM), shape);
        }
      }
      const hex = Buffer.from(text).toString("hex");
      for (let at = 0; at + 2 * GRAM <= hex.length; at += 2) {
        grams.set(hex.slice(at, at + GRAM), `${shape}, in hexadecimal`);
      }
    }
  }
  const found = new Set<string>();
  for (const [place, text] of shown) {
    for (let at = 0; at + GRAM <= text.length; at++) {
      const gram = grams.get(text.slice(at, at + GRAM));
      if (gram === undefined) continue;
      found.add(
        `${gram} in ${place}: ${JSON.stringify(text.slice(Math.max(0, at - 150), at + 50))}`,
      );
      at += 1000;
    }
  }
  assert.deepEqual([...found].slice(0, 10), []);
}

/** Only what is random: keys and marks of JSON, the host of a URL, the edges of a key are anybody's. */
function randomParts(shape: string, value: string): string[] {
  if (shape === "like a URL") return value.match(/[A-Za-z0-9]{10,}/g)!;
  if (shape === "a PEM key") return value.split("\n").slice(1, -2);
  if (!shape.startsWith("JSON")) return [value];
  const parts: string[] = [];
  JSON.parse(value, (_, inner) => {
    if (typeof inner === "string") {
      parts.push(...inner.split("\n").filter((line) => !line.includes("-----")));
    }
    return inner;
  });
  return parts;
}
