// Who gets the pages of the panel, with which headers, and what there is without it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { loadPanel } from "../../../cli/panel/load.ts";
import { startTestDaemon } from "../../support/daemon.ts";
import { rest } from "../../support/http.ts";

const ON = { panel: loadPanel };

test("without the setting there are no pages, and with it the API stays as it is", async (t) => {
  const off = await startTestDaemon(t, ON);
  for (const path of ["/", "/workflows", "/static/x.js", "/login"]) {
    assert.equal((await fetch(off.url + path)).status, 404, path);
  }
  const on = await startTestDaemon(t, { ...ON, settings: { panel: "true" } });
  assert.equal((await fetch(`${on.url}/workflows`)).status, 200);
  assert.equal((await rest(on.url, "GET", "/api/v1/runs")).status, 200);
  assert.equal((await rest(on.url, "GET", "/nowhere")).body.error.code, "NOT_FOUND");
  const accept = "text/html,*/*";
  const astray = await fetch(`${on.url}/nowhere?a=%3Cb%3E`, { headers: { accept } });
  assert.equal(astray.status, 404);
  assert.match(await astray.text(), /^<!doctype html>[\s\S]*There is no such page/i);
  for (const path of ["//[", "//workflows", "//elsewhere.example/workflows"]) {
    const { status } = await fetch(on.url + path, { headers: { accept } });
    assert.equal(status, 404, path);
  }
  for (const path of ["/api/v1/nowhere", "/static/none.js", "/hooks/a"]) {
    const answer = await fetch(on.url + path, { headers: { accept } });
    assert.match(answer.headers.get("content-type")!, /json/, path);
  }
  assert.match((await rest(off.url, "GET", "/")).body.error.message, /the panel is off/);
  const wrong = await rest(on.url, "POST", "/workflows", {});
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD"]);
});

test("pages let in no foreign script, frame or sniffing, and their files stay as they are named", async (t) => {
  const { url } = await startTestDaemon(t, { ...ON, settings: { panel: "true" } });
  const page = await fetch(`${url}/`);
  const html = await page.text();
  const policy = page.headers.get("content-security-policy")!;
  const [, style] = /<style>([^<]*)<\/style>/.exec(html)!;
  const hash = createHash("sha256").update(style!).digest("base64");
  assert.ok(
    policy.startsWith(`default-src 'none'; script-src 'self'; style-src 'sha256-${hash}'; `),
    policy,
  );
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("cache-control"), "no-store");
  // Neither a script nor a handler nor another style stands in the page itself.
  assert.doesNotMatch(
    html.replace(`<style>${style}</style>`, ""),
    /<script(?![^>]*(?:src=|type="application\/json"))|<style| on\w+=| style=/,
  );
  for (const [path] of html.matchAll(/(?<=(?:src|href)=")\/static\/[^"]+/g)) {
    const file = await fetch(url + path, { headers: { "accept-encoding": "br" } });
    assert.equal(file.status, 200, path);
    assert.equal(file.headers.get("content-encoding"), "br");
    assert.equal(file.headers.get("cache-control"), "public, max-age=31536000, immutable");
  }
  assert.equal((await fetch(`${url}/static/`)).status, 404);
  assert.equal((await fetch(`${url}/static/none.js`)).status, 404);
});

test("the first load has less than 90 KB, without what is loaded when it is needed", async () => {
  const { files, drawSignIn } = await loadPanel();
  const first = new Set<string>();
  const take = (name: string) => {
    if (first.has(name)) return;
    first.add(name);
    const text = new TextDecoder().decode(files.get(name)!.body);
    for (const [, next] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) take(next!);
  };
  const page = drawSignIn({});
  for (const [, name] of page.matchAll(/"\/static\/([^"]+)"/g)) take(name!);
  const sizes = [...first].map((name) => files.get(name)!.encoded.gzip!.length);
  sizes.push(gzipSync(page).length);
  assert.ok(sizes.length >= 2 && sizes.reduce((a, b) => a + b) < 90_000, `${sizes}`);
  const later = [...files.keys()].filter((name) => !first.has(name));
  assert.deepEqual(
    later.map((name) => name.replace(/-\w+\.js$/, "")).sort(),
    ["editor", "open"],
  );
});

test("with a token a page asks for it, and who gives it stays signed in until it changes", async (t) => {
  const settings = { panel: "true", auth_token: "s3cret" };
  const { url, home, close } = await startTestDaemon(t, { ...ON, settings });
  const asked = await fetch(`${url}/workflows`);
  assert.equal(asked.status, 401);
  assert.match(await asked.text(), /token of this daemon/);
  assert.equal((await rest(url, "GET", "/api/v1/runs")).status, 401);
  const login = (token: unknown, headers = {}) => rest(url, "POST", "/login", { token }, headers);
  assert.equal((await login("wrong")).status, 401);
  assert.equal((await login(5)).status, 400);
  assert.equal((await login("s3cret", { origin: "https://evil.example" })).status, 403);
  const { status, headers } = await login("s3cret");
  assert.equal(status, 200);
  const set = headers.get("set-cookie")!;
  assert.match(set, /; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
  const cookie = set.split(";")[0]!;
  assert.equal((await fetch(`${url}/workflows`, { headers: { cookie } })).status, 200);
  assert.equal((await rest(url, "GET", "/api/v1/runs", undefined, { cookie })).status, 200);
  const foreign = { cookie, origin: "https://evil.example" };
  assert.equal((await rest(url, "POST", "/api/v1/runs", {}, foreign)).status, 403);
  for (
    const broken of [
      cookie.replace(/.$/, "x"),
      cookie.replace(/=\d/, "=9"),
      `${cookie.split("=")[0]}=`,
    ]
  ) {
    const answer = await rest(url, "GET", "/api/v1/runs", undefined, { cookie: broken });
    assert.equal(answer.status, 401, broken);
  }
  assert.match(
    (await rest(url, "POST", "/logout", {}, { cookie })).headers.get("set-cookie")!,
    /Max-Age=0/,
  );
  await close();
  const other = { ...settings, auth_token: "another" };
  const next = await startTestDaemon(t, { ...ON, home, settings: other });
  assert.equal((await rest(next.url, "GET", "/api/v1/runs", undefined, { cookie })).status, 401);
});

test("who has no token yet may send no more than one", async (t) => {
  const settings = { panel: "true", auth_token: "a-token-of-this-daemon" };
  const { url } = await startTestDaemon(t, { ...ON, settings });
  const login = (body: string) => rest(url, "POST", "/login", body);
  const large = await login(JSON.stringify({ token: "x".repeat(5_000) }));
  assert.equal(large.status, 413);
  assert.match(large.body.error.message, /^body: must be at most 4096 bytes/);
  for (const wrong of ['{"token":', '"\xff', "", "[]", "[".repeat(4_000)]) {
    const { status, body } = await login(wrong);
    assert.deepEqual([status, body.error.code], [400, "VALIDATION_ERROR"], wrong);
  }
  const headers = { "content-type": "application/json" };
  const bytes = Buffer.from([0x22, 0xff, 0x22]);
  const binary = await fetch(`${url}/login`, { method: "POST", headers, body: bytes });
  assert.equal(binary.status, 400);
  assert.equal((await login('{"token":"a-token-of-this-daemon"}')).status, 200);
});

test("what is no file of the panel's is kept by nobody, and is what it says to be", async (t) => {
  const settings = { panel: "true", auth_token: "a-token-of-this-daemon" };
  const { url } = await startTestDaemon(t, { ...ON, settings });
  const headers = { authorization: "Bearer a-token-of-this-daemon" };
  const paths = ["/api/v1/runs", "/api/v1/nowhere", "/openapi.json", "/metrics", "/workflows"];
  for (const path of [...paths, "/healthz", "/nowhere", "/hooks/a/b", "/decide/x", "/static/x"]) {
    for (const who of [headers, {}]) {
      const answer = await fetch(url + path, { headers: who });
      const kept = answer.headers.get("cache-control");
      assert.equal(kept, "no-store", path);
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(answer.headers.get("etag"), null, path);
    }
  }
  const stream = await fetch(`${url}/api/v1/events/stream`, { headers });
  assert.equal(stream.headers.get("cache-control"), "no-cache, no-transform");
  await stream.body!.cancel();
});

test("who is signed in to one daemon stays so when signing in to another of the same host", async (t) => {
  const settings = { panel: "true", auth_token: "a-token-of-both-daemons" };
  const jar = new Map<string, string>();
  const urls: string[] = [];
  for (let n = 0; n < 2; n++) {
    const { url } = await startTestDaemon(t, { ...ON, settings });
    const { headers } = await rest(url, "POST", "/login", { token: settings.auth_token });
    const [name, value] = headers.get("set-cookie")!.split(";")[0]!.split("=");
    jar.set(name!, value!);
    urls.push(url);
  }
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  for (const url of urls) {
    assert.equal((await rest(url, "GET", "/api/v1/runs", undefined, { cookie })).status, 200);
  }
});
