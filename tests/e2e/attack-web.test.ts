// What the web side holds against: foreign pages, forged cursors, ids and links, paths that mean others.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { tokenHash } from "../../server/callers.ts";
import { startTestDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { type Answer, rest } from "../support/http.ts";

const ADMIN = "admin-token-of-the-daemon";
const tokenOf = (name: string) => `oca_${name.padEnd(43, "x")}`;
const rights = { allow: ["*"], templates: ["pub-*"], decide: "own" };

type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

const ASK = [{
  id: "ask",
  type: "reasoning",
  config: { prompt_context: "go?", options: [{ id: "yes" }, { id: "no" }] },
}];

describe("agents that see a part of what there is", () => {
  const t = suiteCleanup();
  let admin: Call;
  let alice: Call;
  let bob: Call;

  before(async () => {
    const home = tempHome(t);
    const agents = Object.fromEntries(
      ["alice", "bob"].map((name) => [name, { ...rights, token_hash: tokenHash(tokenOf(name)) }]),
    );
    const settings = { auth_token: ADMIN, agents };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
    const { url } = await startTestDaemon(t, { home });
    const by = (token: string): Call => (method, path, body) =>
      rest(url, method, `/api/v1${path}`, body, { authorization: `Bearer ${token}` });
    [admin, alice, bob] = [by(ADMIN), by(tokenOf("alice")), by(tokenOf("bob"))] as const;
    // More than are looked through for one page, so that a page ends at one that is hidden.
    for (let n = 0; n < 24; n++) {
      const name = n === 23 ? "pub-x" : `hidden-${String(n).padStart(2, "0")}`;
      const webhook = [{ name: `hook-of-${name}`, verify: "none" }];
      const made = await admin("POST", "/templates", {
        ...{ name, agent_id: `hidden-agent-${n}`, definition: { steps: ASK } },
        triggers: { webhook },
      });
      assert.equal(made.status, 201, JSON.stringify(made.body));
    }
  });

  const LISTS = ["templates", "runs", "schedules", "hooks", "agents", "events", "decisions"];
  for (const list of LISTS) {
    test(`no cursor of ${list} says what stands where the page ends`, async () => {
      let cursor: string | undefined;
      let pages = 0;
      do {
        const at = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const { status, body } = await alice("GET", `/${list}?limit=1${at}`);
        assert.equal(status, 200, JSON.stringify(body));
        cursor = body.next_cursor;
        if (cursor === undefined) break;
        for (const part of [cursor, ...cursor.split(".")]) {
          assert.doesNotMatch(Buffer.from(part, "base64url").toString("latin1"), /hidden|hook-of/);
        }
        const stolen = await bob("GET", `/${list}?limit=1&cursor=${encodeURIComponent(cursor)}`);
        assert.equal(stolen.status, 400, "another agent's cursor");
      } while (++pages < 30);
      const forged = Buffer.from(JSON.stringify([list, 0, "hidden-00"])).toString("base64url");
      for (const text of [forged, `AAAAAAAA.${forged}`, "x", "%00"]) {
        assert.equal((await alice("GET", `/${list}?limit=1&cursor=${text}`)).status, 400, text);
      }
    });
  }

  test("lists of hooks and agents end, and show what is the agent's to see", async () => {
    const shown: string[] = [];
    let cursor: string | undefined;
    do {
      const at: string = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await alice("GET", `/hooks?limit=5${at}`);
      shown.push(...body.hooks.map(({ name }: { name: string }) => name));
      cursor = body.next_cursor;
    } while (cursor !== undefined);
    assert.deepEqual(shown, ["hook-of-pub-x"]);
  });
});
