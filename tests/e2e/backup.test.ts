// Whether a backup has all that was acknowledged before it, comes back whole, and takes nobody's place.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, it, test } from "node:test";
import Database from "libsql";
import { manifestPath } from "../../engine/backup/manifest.ts";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { Rest, RestError } from "../support/rest.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

/** 100 clients take what a small machine has for half a minute. */
const CLIENTS = Number(process.env.BACKUP_CLIENTS ?? 8);

const define = {
  name: "w",
  agent_id: "a",
  definition: { steps: [{ id: "a", action: "expr.eval", params: { expression: "1 + 1" } }] },
};

const database = (home: string) => join(home, "opcode.db");

async function cli(home: string, ...args: string[]) {
  const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY: `hex:${"ab".repeat(32)}` };
  return await runCli(args, { env });
}

function integrity(file: string): string {
  const copy = new Database(file);
  try {
    const [row] = copy.prepare("PRAGMA integrity_check").all([]) as { integrity_check: string }[];
    return row!.integrity_check;
  } finally {
    copy.close();
  }
}

test("a backup while clients write has every run that was acknowledged before it began", async (t) => {
  const daemon = await spawnDaemon(t);
  const rest = new Rest(daemon.url, CLIENTS);
  t.after(() => rest.destroy());
  await rest.post("/api/v1/templates", define);
  const acknowledged: string[] = [];
  const slowest = { ms: 0 };
  let goesOn = true;
  const clients = Array.from({ length: CLIENTS }, async (_, n) => {
    while (goesOn) {
      const began = performance.now();
      const run = await rest.post("/api/v1/runs", {
        template_name: "w",
        agent_id: `agent-${n}`,
        wait_ms: 60_000,
      });
      slowest.ms = Math.max(slowest.ms, performance.now() - began);
      acknowledged.push(run.workflow_id as string);
    }
  });
  while (acknowledged.length < CLIENTS * 5) await new Promise(setImmediate);
  const known = [...acknowledged];
  const file = join(tempHome(t), "copy.db");
  slowest.ms = 0;
  const began = performance.now();
  const made = await rest.post("/api/v1/backup", { file });
  const took = performance.now() - began;
  const whileCopied = slowest.ms;
  while (acknowledged.length < known.length + CLIENTS) await new Promise(setImmediate);
  goesOn = false;
  await Promise.all(clients);
  t.diagnostic(
    `${CLIENTS} clients, ${known.length} runs before: copied in ${took.toFixed()} ms, the slowest ` +
      `run meanwhile ${whileCopied.toFixed()} ms`,
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(manifestPath(file)).mode & 0o777, 0o600);
  const manifest = JSON.parse(readFileSync(manifestPath(file), "utf8"));
  assert.deepEqual(made, { file, ...manifest });

  const elsewhere = tempHome(t);
  const restored = await cli(elsewhere, "restore", file, "--json");
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal(integrity(database(elsewhere)), "ok");
  assert.equal(statSync(database(elsewhere)).mode & 0o777, 0o600);
  const other = await spawnDaemon(t, { home: elsewhere });
  const there = new Rest(other.url);
  t.after(() => there.destroy());
  for (const id of known) {
    const run = await there.get(`/api/v1/runs/${id}`);
    assert.deepEqual([run.status, run.output], ["completed", { result: 2 }], id);
  }
});

describe("a backup", () => {
  const cleanup = suiteCleanup();
  let home = "";
  let file = "";
  before(async () => {
    home = tempHome(cleanup);
    const daemon = await spawnDaemon(cleanup, { home });
    const rest = new Rest(daemon.url);
    await rest.post("/api/v1/templates", define);
    await rest.post("/api/v1/runs", { template_name: "w", agent_id: "a", wait_ms: 60_000 });
    await rest.destroy();
    await daemon.stop();
    const set = await runCli(["secret", "set", "TOKEN"], {
      env: { OPCODE_HOME: home, OPCODE_VAULT_KEY: `hex:${"ab".repeat(32)}` },
      input: "a-value-that-nobody-sees",
    });
    assert.equal(set.code, 0, set.stderr);
    file = join(tempHome(cleanup), "copy.db");
    const made = await cli(home, "backup", file);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^wrote .*copy\.db: \d+ bytes, 1 run, as of /);
    assert.match(made.stderr, /keep .*manifest\.json with it; secrets in it stay encrypted/);
  });

  it("is made by the command itself while no daemon runs, and holds no secret in clear", async () => {
    assert.ok(!readFileSync(file).includes("a-value-that-nobody-sees"));
    const check = await cli(home, "restore", "--check", file);
    assert.equal(check.code, 0, check.stderr);
    assert.match(check.stdout, /is whole: 1 run,/);
  });

  it("takes no other file's place, nor a name of the database's own files", async (t) => {
    const names = {
      [file]: /is there already/,
      [`${database(home)}-journal`]: /a name of the database's own files/,
      [join(tempHome(t), "none", "x.db")]: /its directory .* must exist/,
    };
    const before = readFileSync(file);
    for (const [name, why] of Object.entries(names)) {
      const refused = await cli(home, "backup", name);
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, why);
    }
    assert.deepEqual(readFileSync(file), before);
  });

  it("is refused over HTTP with the same words, and to agents", async (t) => {
    const daemon = await spawnDaemon(t);
    const rest = new Rest(daemon.url);
    t.after(() => rest.destroy());
    for (const named of ["relative.db", file, "", `${daemon.home}/opcode.db-wal`]) {
      await assert.rejects(rest.post("/api/v1/backup", { file: named }), (error: RestError) => {
        assert.ok([400, 409].includes(error.status), error.message);
        return true;
      });
    }
  });

  it("of nothing is not made", async (t) => {
    const none = await cli(tempHome(t), "backup", join(tempHome(t), "x.db"));
    assert.notEqual(none.code, 0);
    assert.match(none.stderr, /there is nothing to back up/);
  });

  it("that is not as it was written is not restored", async (t) => {
    const spoilt = (change: (copy: string) => void) => {
      const copy = join(tempHome(t), "copy.db");
      copyFileSync(file, copy);
      copyFileSync(manifestPath(file), manifestPath(copy));
      change(copy);
      return copy;
    };
    const manifest = JSON.parse(readFileSync(manifestPath(file), "utf8"));
    const cases: [RegExp, (copy: string) => void][] = [
      [/it has \d+ bytes of \d+/, (copy) => appendFileSync(copy, "x")],
      [/its SHA-256 is/, (copy) => {
        const bytes = readFileSync(copy);
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(copy, bytes);
      }],
      [
        /is not the manifest of an opcode backup/,
        (copy) => writeFileSync(manifestPath(copy), "{}"),
      ],
      [/layout version 999 .* use a newer opcode/, (copy) => {
        const later = new Database(copy);
        later.exec("INSERT INTO schema_migrations VALUES (999, 'later', 'x', 0)");
        later.close();
        resum(copy);
      }],
      [/it is damaged|malformed/, (copy) => {
        const bytes = readFileSync(copy);
        bytes.fill(0xff, 4096 * 2, 4096 * 6);
        writeFileSync(copy, bytes);
        resum(copy);
      }],
      [/belongs to another program|cannot be restored/, (copy) => {
        const other = new Database(`${copy}.other`);
        other.exec("CREATE TABLE notes (text)");
        other.close();
        copyFileSync(`${copy}.other`, copy);
        resum(copy);
      }],
    ];
    function resum(copy: string) {
      const bytes = readFileSync(copy);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      writeFileSync(
        manifestPath(copy),
        JSON.stringify({ ...manifest, bytes: bytes.length, sha256 }),
      );
    }
    for (const [why, change] of cases) {
      const elsewhere = tempHome(t);
      const refused = await cli(elsewhere, "restore", spoilt(change));
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stderr, why);
      assert.deepEqual(readdirSync(elsewhere), []);
    }
  });

  it("without its manifest, or that is not there, is not restored", async (t) => {
    const bare = join(tempHome(t), "bare.db");
    copyFileSync(file, bare);
    const refused = await cli(tempHome(t), "restore", bare);
    assert.match(refused.stderr, /manifest\.json cannot be read .* says whether it is whole/);
    const none = await cli(tempHome(t), "restore", `${bare}.none`);
    assert.match(none.stderr, /there is no backup/);
  });

  it("never replaces data unless it is forced, and then keeps them", async (t) => {
    const elsewhere = tempHome(t);
    const daemon = await spawnDaemon(t, { home: elsewhere });
    const running = await cli(elsewhere, "restore", file, "--force");
    assert.equal(running.code, 1);
    assert.match(
      running.stderr,
      /in use by another opcode daemon.*; this ends it first: .* stop$/m,
    );
    await daemon.kill();
    const refused = await cli(elsewhere, "restore", file);
    assert.match(refused.stderr, /there are data already/);
    const forced = await cli(elsewhere, "restore", file, "--force");
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(forced.stderr, /what was there is .*opcode\.db\.before-/);
    const [aside] = readdirSync(elsewhere).filter((name) => name.includes(".before-"));
    assert.equal(integrity(join(elsewhere, aside!)), "ok");
    assert.ok(!existsSync(`${database(elsewhere)}-wal`));
    assert.equal(integrity(database(elsewhere)), "ok");
    const secrets = await cli(elsewhere, "secret", "list", "--json");
    assert.deepEqual(JSON.parse(secrets.stdout).secrets.map(({ name }: { name: string }) => name), [
      "TOKEN",
    ]);
  });
});
