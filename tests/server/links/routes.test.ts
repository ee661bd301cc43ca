// What links do over sockets: who gets one, what it shows, and when it answers.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { tokenHash } from "../../../server/callers.ts";
import { startTestDaemon, suiteCleanup, tempHome } from "../../support/daemon.ts";
import { type Answer, defineTemplate, rest } from "../../support/http.ts";

const BASE = "https://decide.example/opcode";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

const ask = (config: object) => [{
  id: "gate",
  type: "reasoning",
  config: { prompt_context: "Ship <b>1.4</b>?", ...config },
}];
const OPTIONS = { options: [{ id: "yes", description: "Publish now" }, { id: "no" }] };

interface Seen {
  status: number;
  text: string;
  headers: Headers;
}

/** Of a daemon whose token, if it has one, only `api` gives. */
function client(url: string, token?: string) {
  const auth: Record<string, string> = token === undefined
    ? {}
    : { authorization: `Bearer ${token}` };
  const api = (method: string, path: string, body?: object): Promise<Answer> =>
    rest(url, method, `/api/v1${path}`, body, auth);
  const at = (link: string) => `${url}${link.slice(BASE.length)}`;
  const see = async (link: string, init: RequestInit = {}): Promise<Seen> => {
    const response = await fetch(at(link), { redirect: "error", ...init });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const send = (link: string, fields: Record<string, string>, headers = {}) =>
    see(link, {
      method: "POST",
      headers: { ...FORM, ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  const started = async (template_name: string, agent_id = "builder") => {
    const { body } = await api("POST", "/runs", { template_name, agent_id, wait_ms: 10_000 });
    const { decisions } = (await api("GET", `/decisions?workflow_id=${body.workflow_id}`)).body;
    return { run: body.workflow_id as string, id: decisions[0].decision_id as string };
  };
  const decision = async (id: string) => (await api("GET", `/decisions/${id}`)).body;
  const link = async (id: string, more = {}) =>
    (await api("POST", `/decisions/${id}/link`, more)).body;
  return { api, see, send, started, decision, link };
}

describe("links of decisions", () => {
  let url: string;
  let of: ReturnType<typeof client>;
  const cleanup = suiteCleanup();
  before(async () => {
    url = (await startTestDaemon(cleanup, { settings: { base_url: BASE } })).url;
    of = client(url);
    await defineTemplate(url, "ship", ask(OPTIONS));
    await defineTemplate(url, "open", ask({ data_inject: { plan: "1 + 1" } }));
    await defineTemplate(url, "soon", ask({ ...OPTIONS, timeout: "1h", fallback: "no" }));
    await defineTemplate(url, "asks-ann", ask({ ...OPTIONS, target_agent: "ann" }));
  });

  test("GET and HEAD show the question and answer nothing; POST answers, and the run goes on", async () => {
    const { run, id } = await of.started("ship");
    const made = await of.link(id);
    assert.deepEqual([made.decision_id, made.agent_id], [id, "link"]);
    assert.match(made.url, /^https:\/\/decide\.example\/opcode\/decide\/[\w-]{80,130}$/);
    const left = Date.parse(made.expires_at) - Date.now();
    assert.ok(left > 23.9 * 3_600_000 && left <= 24 * 3_600_000, String(left));
    for (const method of ["GET", "HEAD", "GET"]) {
      const { status, text } = await of.see(made.url, { method });
      assert.equal(status, 200);
      if (method === "HEAD") assert.equal(text, "");
      else {for (const part of ["ship", "Ship &lt;b&gt;1.4&lt;/b&gt;?", "Publish now", "link"]) {
          assert.ok(text.includes(part), part);
        }}
    }
    assert.equal((await of.decision(id)).status, "pending");
    const done = await of.send(made.url, { option: "0", reasoning: "fine\r\nso" });
    assert.equal(done.status, 200);
    assert.match(done.text, /Your answer is taken/);
    const { status, via, resolved_by, resolution } = await of.decision(id);
    assert.deepEqual([status, via, resolved_by], ["resolved", "link", "link"]);
    assert.deepEqual(resolution, { choice: "yes", reasoning: "fine\nso", resolved_by: "link" });
    while ((await of.api("GET", `/runs/${run}`)).body.status !== "completed");
  });

  test("the page leaves no trace, loads nothing, stands in no frame", async () => {
    const { id } = await of.started("ship");
    const { url: link } = await of.link(id);
    for (const one of [link, `${BASE}/decide/nonsense`]) {
      const { headers, text } = await of.see(one);
      const policy = headers.get("content-security-policy")!;
      assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; /);
      assert.match(policy, /form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
      assert.deepEqual(
        ["cache-control", "referrer-policy", "x-content-type-options"].map((name) =>
          headers.get(name)
        ),
        ["no-store", "no-referrer", "nosniff"],
      );
      assert.match(headers.get("x-robots-tag")!, /noindex/);
      assert.doesNotMatch(text, /<script|src=|http:|https:/);
    }
  });

  test("two tabs: the first answer stands, the second is told whose it was", async () => {
    const { id } = await of.started("ship");
    const links = [await of.link(id, { agent_id: "ann" }), await of.link(id, { agent_id: "bob" })];
    const [one, two] = await Promise.all(
      links.map(({ url: link }, i) => of.send(link, { option: String(i) })),
    );
    const isFirst = one!.status === 200;
    assert.deepEqual([one!.status, two!.status].toSorted(), [200, 409]);
    const late = isFirst ? two! : one!;
    const [choice, who] = isFirst ? ["yes", "ann"] : ["no", "bob"];
    assert.match(late.text, /It has been answered already/);
    for (const part of [`<bdi>${choice}</bdi>`, `by <bdi>${who}</bdi>, via link`]) {
      assert.ok(late.text.includes(part), `${part} in ${late.text}`);
    }
    assert.equal((await of.decision(id)).resolution.choice, choice);
    assert.match((await of.see(links[0]!.url)).text, /It has been answered already/);
  });

  test("a wrong answer changes nothing, says why, and keeps what was written", async () => {
    const { id } = await of.started("open");
    const { url: link } = await of.link(id);
    for (
      const [fields, rule] of [
        [{}, "Choice: must be a non-empty text"],
        [{ choice: "" }, "Choice: must be a non-empty text"],
        [{ choice: "go", data: "[1]" }, "Data: must be a JSON object"],
        [{ choice: "go", data: "{" }, "Data: "],
      ] as const
    ) {
      const { status, text } = await of.send(link, { ...fields, reasoning: "be<cause" });
      assert.equal(status, 400, rule);
      assert.ok(text.includes(`<p class="refused" role="alert" id="fault">${rule}`), rule);
      assert.ok(text.includes("be&lt;cause</textarea>"), "what was written");
    }
    assert.equal((await of.decision(id)).status, "pending");
    const right = { choice: "go <on>", data: '{"n": 12345678901234567890}', option: "7" };
    const { status, text } = await of.send(link, right);
    assert.equal(status, 200);
    assert.ok(text.includes("go &lt;on&gt;"));
    const { resolution } = await of.decision(id);
    assert.equal(resolution.choice, "go <on>");
    const { events } = (await of.api(
      "GET",
      `/events?workflow_id=${(await of.decision(id)).workflow_id}&event_type=decision_resolved`,
    )).body;
    assert.equal(events[0].payload.via, "link");
  });

  test("an option that there is not, and fields of others, choose nothing", async () => {
    const { id } = await of.started("ship");
    const { url: link } = await of.link(id);
    for (
      const fields of [{ option: "2" }, { option: "-1" }, { option: "x" }, { choice: "maybe" }]
    ) {
      const { status, text } = await of.send(link, fields as Record<string, string>);
      assert.equal(status, 400);
      assert.match(text, /must be (?:a non-empty text, )?one of yes, no/);
    }
    assert.equal((await of.decision(id)).status, "pending");
  });

  test("only that page answers: no other site's, no other form of body, none too large", async () => {
    const { id } = await of.started("ship");
    const { url: link } = await of.link(id);
    const yes = { option: "0" };
    for (
      const headers of [
        { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site", origin: "https://x.decide.example" },
        { "sec-fetch-site": "none" },
        { "sec-fetch-site": "cross-site", origin: "null" },
        { origin: "https://evil.example" },
        { origin: "https://decide.example.evil.example" },
      ]
    ) {
      const { status, text } = await of.send(link, yes, headers);
      assert.equal(status, 403, JSON.stringify(headers));
      assert.match(text, /an answer comes from the page that the link opens/);
    }
    for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
      assert.equal((await of.send(link, yes, { "content-type": type })).status, 415, type);
    }
    const large = await of.send(link, { ...yes, reasoning: "x".repeat(70_000) });
    assert.deepEqual([large.status, /64 KiB/.test(large.text)], [413, true]);
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      assert.equal((await of.see(link, { method })).status, 405, method);
    }
    assert.equal((await of.decision(id)).status, "pending");
    // As from a mail: a page of elsewhere leads here.
    const opened = await of.see(link, { headers: { "sec-fetch-site": "cross-site" } });
    assert.equal(opened.status, 200);
    for (const headers of [{ "sec-fetch-site": "same-origin", origin: "null" }, {}]) {
      const { id: other } = await of.started("ship");
      const { url: mine } = await of.link(other);
      assert.equal((await of.send(mine, yes, headers)).status, 200);
    }
  });

  test("links that are taken back show and answer nothing; one that is made then does", async () => {
    const { id } = await of.started("ship");
    const other = await of.started("ship");
    const [one, two] = [await of.link(id), await of.link(id, { agent_id: "ann" })];
    const beside = await of.link(other.id);
    const { status, body } = await of.api("DELETE", `/decisions/${id}/link`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.decision_id, id);
    assert.ok(Date.parse(body.revoked_at) <= Date.now());
    for (const { url: link } of [one, two]) {
      const seen = await of.see(link);
      assert.deepEqual([seen.status, /taken back/.test(seen.text)], [410, true]);
      assert.doesNotMatch(seen.text, /Ship|yes/);
      assert.equal((await of.send(link, { option: "0" })).status, 410);
    }
    assert.equal((await of.decision(id)).status, "pending");
    assert.equal((await of.see(beside.url)).status, 200, "of another decision");
    const later = await of.link(id);
    assert.equal((await of.send(later.url, { option: "0" })).status, 200);
    // What it shows afterwards goes with it, too.
    assert.equal((await of.see(later.url)).status, 200);
    assert.equal((await of.api("DELETE", `/decisions/${id}/link`)).status, 200);
    assert.equal((await of.see(later.url)).status, 410);
    const none = await of.api("DELETE", `/decisions/${id.replace(/^./, "f")}/link`);
    assert.deepEqual([none.status, none.body.error.code], [404, "NOT_FOUND"]);
  });

  test("an answer on its way when its link is taken back comes to nothing", async () => {
    const { id } = await of.started("ship");
    const { url: link } = await of.link(id);
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const sent = of.see(link, {
      ...{ method: "POST", headers: FORM, body: body.readable, duplex: "half" },
    });
    await writer.write(Buffer.from("option="));
    await of.see(link);
    await of.api("DELETE", `/decisions/${id}/link`);
    await writer.write(Buffer.from("0"));
    await writer.close();
    assert.equal((await sent).status, 410);
    assert.equal((await of.decision(id)).status, "pending");
  });

  test("whatever is wrong with a link, the answer is the same", async () => {
    const { id } = await of.started("ship");
    const { url: link } = await of.link(id);
    const token = link.slice(`${BASE}/decide/`.length);
    const other = token[5] === "A" ? "B" : "A";
    const wrong = [
      "x",
      token.slice(0, -1),
      `${token}A`,
      token.slice(0, 5) + other + token.slice(6),
      token.slice(0, -5) + other + token.slice(-4),
      "A".repeat(120),
      "%00",
      encodeURIComponent("'\"><b>"),
    ];
    const answers = new Set<string>();
    for (const one of wrong) {
      for (const method of ["GET", "POST"]) {
        const given = method === "POST" ? { headers: FORM, body: "option=0" } : {};
        const { status, text } = await of.see(`${BASE}/decide/${one}`, { method, ...given });
        answers.add(`${status} ${text}`);
      }
    }
    assert.equal(answers.size, 1);
    assert.match([...answers][0]!, /^404 .*This link is not valid/s);
    assert.equal((await of.decision(id)).status, "pending");
  });

  test("a link is refused for what is over, not there, not its agent's, or for too long", async () => {
    const refused = async (id: string, body: object) => {
      const { status, body: { error } } = await of.api("POST", `/decisions/${id}/link`, body);
      return [status, error.code, error.message];
    };
    const { id, run } = await of.started("ship");
    for (const ttl of ["59s", "30d1h", "721h", "0s"]) {
      assert.match(
        (await refused(id, { ttl })).join(" "),
        /^400 VALIDATION_ERROR ttl: must be /,
        ttl,
      );
    }
    assert.match((await refused(id, { ttl: "1 day" })).join(" "), /ttl: must be a duration/);
    assert.match((await refused(id, { tll: "1h" })).join(" "), /tll: is not a known field.*"ttl"/);
    assert.match((await refused(id, { agent_id: "" })).join(" "), /^400 VALIDATION_ERROR agent_id/);
    assert.deepEqual(await refused("nobody", {}), [
      404,
      "NOT_FOUND",
      'decision "nobody" not found',
    ]);
    for (const ttl of ["1m", "30d", "720h"]) {
      const { expires_at } = await of.link(id, { ttl });
      assert.ok(Date.parse(expires_at) > Date.now() + 59_000, ttl);
    }
    const { id: asksAnn } = await of.started("asks-ann");
    assert.match((await refused(asksAnn, { agent_id: "bob" })).join(" "), /is for agent "ann"/);
    assert.equal((await of.link(asksAnn)).agent_id, "ann");
    const { id: soon } = await of.started("soon");
    const { timeout_at } = await of.decision(soon);
    const limited = await of.link(soon);
    assert.equal(limited.expires_at, timeout_at, "no longer than the decision waits");
    assert.match(
      (await of.see(limited.url)).text,
      /Without an answer by .* it is decided as <b><bdi>no</,
    );
    const { url: link } = await of.link(id);
    await of.api("POST", `/runs/${run}/cancel`, {});
    assert.match(
      (await refused(id, {})).join(" "),
      /^409 CONFLICT decision .* was dropped with its/,
    );
    assert.match((await of.see(link)).text, /It is not asked any more/);
    assert.equal((await of.send(link, { option: "0" })).status, 409);
  });
});

test("a link outlives its daemon, needs no token of the next one, and ends with its key", async (t) => {
  const home = tempHome(t);
  const token = "secret-of-the-daemon";
  const options = { home, settings: { base_url: BASE, auth_token: token } };
  const first = await startTestDaemon(t, options);
  const before = client(first.url, token);
  await before.api("POST", "/templates", {
    ...{ name: "ship", agent_id: "a" },
    definition: { steps: ask(OPTIONS) },
  });
  const { id } = await before.started("ship");
  const { url: link } = await before.link(id, { ttl: "2m" });
  assert.equal((await rest(first.url, "POST", `/api/v1/decisions/${id}/link`, {})).status, 401);
  await first.close();
  const second = await startTestDaemon(t, options);
  const after = client(second.url, token);
  assert.match((await after.see(link)).text, /Publish now/);
  const stranger = await fetch(`${second.url}${link.slice(BASE.length)}`, {
    headers: { "x-forwarded-host": "evil.example" },
  });
  assert.equal(stranger.status, 200);
  assert.equal((await after.send(link, { option: "1" })).status, 200);
  assert.equal((await after.decision(id)).via, "link");
});

test("where base_url is not set, or means this machine, a link is refused by its name", async (t) => {
  for (const base_url of ["", "http://localhost:4100"]) {
    const { url } = await startTestDaemon(t, { settings: { base_url } });
    const of = client(url);
    await defineTemplate(url, "ship", ask(OPTIONS));
    const { id } = await of.started("ship");
    const { status, body } = await of.api("POST", `/decisions/${id}/link`, {});
    assert.deepEqual([status, body.error.code, body.error.details.path], [
      400,
      "VALIDATION_ERROR",
      "base_url",
    ]);
    assert.match(body.error.message, /^base_url: .*a link is for people who are elsewhere/);
  }
});

test("an agent with an identity has links for what it may answer, and only as long", async (t) => {
  const home = tempHome(t);
  const ADMIN_TOKEN = "secret-of-the-daemon";
  const tokenOf = (name: string) => `oca_${name.padEnd(43, "x")}`;
  const rights = (name: string, more: object) => ({
    token_hash: tokenHash(tokenOf(name)),
    ...more,
  });
  const restart = async (agents: object) => {
    const settings = { auth_token: ADMIN_TOKEN, base_url: BASE, agents };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
    const daemon = await startTestDaemon(t, { home });
    return {
      daemon,
      as: (name?: string) => client(daemon.url, name ? tokenOf(name) : ADMIN_TOKEN),
    };
  };
  const agents = {
    ann: rights("ann", {}),
    bob: rights("bob", { templates: ["ship"], decide: ["builder"] }),
    eve: rights("eve", { templates: ["ship"] }),
    zoe: rights("zoe", {}),
  };
  const { daemon, as } = await restart(agents);
  for (const [name, config] of [["ship", OPTIONS], ["asks", { ...OPTIONS, target_agent: "ann" }]]) {
    const definition = { steps: ask(config as object) };
    await as().api("POST", "/templates", { name, agent_id: "builder", definition });
  }
  const { id } = await as().started("ship");
  const { id: asksAnn } = await as().started("asks");
  const tried = async (name: string, of: string, body = {}) => {
    const { status, body: said } = await as(name).api("POST", `/decisions/${of}/link`, body);
    return status === 200 ? said.agent_id : said.error.code;
  };
  assert.deepEqual(
    [
      ...[await tried("bob", id), await tried("eve", id), await tried("zoe", id)],
      ...[await tried("ann", asksAnn), await tried("bob", asksAnn), await tried("ann", id)],
      await tried("bob", id, { agent_id: "ann" }),
    ],
    [
      ...["bob", "PERMISSION_DENIED", "NOT_FOUND"],
      ...["ann", "NOT_FOUND", "NOT_FOUND"],
      "PERMISSION_DENIED",
    ],
  );
  const { url: annsOwn } = await as("ann").link(asksAnn);
  const page = await as().see(annsOwn);
  assert.match(page.text, /Publish now/);
  assert.doesNotMatch(page.text, /<bdi>asks<\/bdi>/, "the template is not hers to know");
  assert.equal((await as().send(annsOwn, { option: "0" })).status, 200);
  assert.equal((await as().decision(asksAnn)).resolved_by, "ann");
  const { url: bobs } = await as("bob").link(id);
  const { url: admins } = await as().link(id, { agent_id: "bob" });
  await daemon.close();
  const { bob: _, ...others } = agents;
  const { as: later } = await restart(others);
  for (const method of ["GET", "POST"]) {
    const sent = method === "POST" ? { headers: FORM, body: "option=0" } : {};
    const { status, text } = await later().see(bobs, { method, ...sent });
    assert.deepEqual([status, /has no identity/.test(text)], [403, true]);
  }
  assert.equal((await later().decision(id)).status, "pending");
  assert.equal((await later().send(admins, { option: "1" })).status, 200);
  assert.equal((await later().decision(id)).via, "link");
});
