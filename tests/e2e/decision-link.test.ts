// What the command line does about links of decisions: makes one by a whole id or a beginning, or says why not.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";

const BASE = "https://decide.example/opcode";
const ASK = [{
  id: "gate",
  type: "reasoning",
  config: { prompt_context: "Ship?", options: [{ id: "yes" }] },
}];

describe("opcode decision link", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let kept: KeptCli;
  let id: string;
  before(async () => {
    daemon = await spawnDaemon(cleanup, { env: { OPCODE_BASE_URL: BASE } });
    kept = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
    const { url } = daemon;
    await defineTemplate(url, "ship", ASK);
    const run = { template_name: "ship", agent_id: "a", wait_ms: 10_000 };
    await rest(url, "POST", "/api/v1/runs", run);
    const { decisions } = (await rest(url, "GET", "/api/v1/decisions")).body;
    id = decisions[0].decision_id;
  });
  const cli = (...args: string[]) => kept(args);
  const link = new RegExp(`^${BASE}/decide/[\\w-]+\\n$`);

  test("prints the link alone on standard output, and whom it answers as", async () => {
    const made = await cli("decision", "link", id);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, link);
    assert.match(made.stderr, /^whoever has it answers as link, once, until .+\n$/);
    const page = await fetch(daemon.url + made.stdout.trim().slice(BASE.length));
    assert.match(await page.text(), /Ship\?/);
  });

  test("a beginning will do, with the ellipsis of a table; --ttl and --agent count", async () => {
    const cut = `${id.slice(0, 13)}\u2026`;
    const made = await cli("--agent", "ann", "decision", "link", cut, "--ttl", "3d", "--json");
    assert.equal(made.code, 0, made.stderr);
    const { url, decision_id, agent_id, expires_at } = JSON.parse(made.stdout);
    assert.match(`${url}\n`, link);
    assert.deepEqual([decision_id, agent_id], [id, "ann"]);
    assert.ok(Date.parse(expires_at) > Date.now() + 2.9 * 86_400_000);
  });

  test("unlink takes back all that there are", async () => {
    const { stdout } = await cli("decision", "link", id);
    const at = daemon.url + stdout.trim().slice(BASE.length);
    assert.equal((await fetch(at)).status, 200);
    const undone = await cli("decision", "unlink", id.slice(0, 13));
    assert.equal(undone.code, 0, undone.stderr);
    assert.match(undone.stdout, /^no link of it that was made up to now answers any more\n$/);
    assert.equal((await fetch(at)).status, 410);
    const { stdout: json } = await cli("decision", "unlink", id, "--json");
    assert.deepEqual(Object.keys(JSON.parse(json)), ["decision_id", "revoked_at"]);
  });

  test("says what is wrong, and where ids are listed", async () => {
    for (
      const [args, code, told] of [
        [["link"], 2, /ID is required/],
        [["unlink", id, "--ttl", "1d"], 2, /--ttl: is for link alone/],
        [
          ["lnik", id],
          2,
          /VERB: must be one of link, unlink, got "lnik" \(did you mean "link"\?\)/,
        ],
        [["link", id, "--ttl", "1y"], 2, /--ttl: must be a duration/],
        [["link", id, "--ttl", "31d"], 2, /--ttl: must be from 1m to 30d/],
        [["link", "zzz"], 2, /"zzz" is not the id of a decision/],
        [["link", "ffff"], 2, /no decision that waits has an id that begins with "ffff"/],
        [["link", id.replace(/^./, "f")], 2, /decision "f.*" not found/],
      ] as const
    ) {
      const { code: ended, stdout, stderr } = await cli("decision", ...args);
      assert.deepEqual([ended, stdout], [code, ""], stderr);
      assert.match(stderr, told);
    }
    const { stderr } = await cli("decision", "link", "ffff");
    assert.match(stderr, /query decisions --filter status=pending/);
  });
});
