// The network policy: what it allows, and that no redirect, name or spelling gets around it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Lookup } from "../../../actions/action.ts";
import { connectPolicy, type NetworkRules } from "../../../actions/http/policy.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { httpServer } from "../../support/http-server.ts";

function policy(rules: Partial<NetworkRules>) {
  const policy = connectPolicy({ denyPrivate: false, allowHosts: [], denyHosts: [], ...rules });
  return policy!;
}

/** Than the time that a connection may take. */
const LESS = { timeout: 20_000 };

const denied = failsWith("PERMISSION_DENIED", /is not allowed/);

/** For these tests 127.0.0.1 is the internet, and 127.0.0.2 somebody's private machine. */
const PUBLIC_LOOPBACK = { denyPrivate: true, allowHosts: ["*", "127.0.0.1"] };

/** Answers names with these addresses, one list a question, the last one for good. */
function resolver(answers: Record<string, string[][]>): Lookup & { asked: string[] } {
  const asked: string[] = [];
  const lookup: Lookup = (name, _, callback) => {
    asked.push(name);
    const lists = answers[name];
    const list = (lists && lists.length > 1 ? lists.shift() : lists?.[0]) ?? [];
    callback(null, list.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));
  };
  return Object.assign(lookup, { asked });
}

describe("rules", () => {
  test("without any, all addresses are reachable and there is no policy", () => {
    assert.equal(
      connectPolicy({ denyPrivate: false, allowHosts: [], denyHosts: [] }),
      undefined,
    );
  });

  const notPublic = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
  ];
  test("deny_private refuses every address that is not public", () => {
    const ask = policy({ denyPrivate: true });
    for (const address of notPublic) {
      assert.match(
        String(ask({ host: "x.test", address })?.reason),
        /not a public address/,
        address,
      );
    }
    const open = [
      "1.1.1.1",
      "9.255.255.255",
      "11.0.0.1",
      "100.63.255.255",
      "100.128.0.1",
      "172.15.0.1",
      "172.32.0.1",
      "192.167.1.1",
      "223.255.255.255",
      "2606:4700::1111",
      "2a00:1450::1",
      "::ffff:1.1.1.1",
      "64:ff9b::1.1.1.1",
    ];
    for (const address of open) assert.equal(ask({ host: "x.test", address }), undefined, address);
  });

  test("allow_hosts is all there is; its names do not open private addresses, its ranges do", () => {
    const ask = policy({ denyPrivate: true, allowHosts: ["*.ok.test", "10.1.0.0/16"] });
    assert.equal(ask({ host: "a.ok.test", address: "1.1.1.1" }), undefined);
    assert.match(ask({ host: "a.ok.test", address: "10.2.0.1" })!.setting, /deny_private/);
    assert.equal(ask({ host: "any.test", address: "10.1.2.3" }), undefined);
    assert.equal(ask({ host: "any.test", address: "::ffff:10.1.2.3" }), undefined);
    assert.match(ask({ host: "any.test", address: "1.1.1.1" })!.setting, /allow_hosts/);
    assert.equal(policy({ allowHosts: ["a.test"] })({ host: "a.test", address: "::1" }), undefined);
  });

  test("deny_hosts wins over everything", () => {
    const ask = policy({ allowHosts: ["*", "10.0.0.0/8"], denyHosts: ["bad.test", "10.6.6.0/24"] });
    assert.match(ask({ host: "BAD.test." })!.setting, /deny_hosts/);
    assert.match(ask({ host: "good.test", address: "::ffff:10.6.6.6" })!.setting, /deny_hosts/);
    assert.equal(ask({ host: "good.test", address: "10.6.7.6" }), undefined);
  });
});

test("a redirect to a private address is refused, however it is spelled", async (t) => {
  const secret = await httpServer(t, (_, response) => response.end("secret"), {
    address: "127.0.0.2",
  });
  const targets = [
    "127.0.0.2",
    "2130706434",
    "0x7f.0.0.2",
    "0x7f000002",
    "0177.0.0.2",
    "127.2",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "[::127.0.0.2]",
    "[64:ff9b::127.0.0.2]",
    "0.0.0.0",
    "0",
    "[::]",
    "[::1]",
    "169.254.169.254",
    "100.100.100.200",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "224.0.0.1",
    "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.2",
    "inside.test",
  ];
  let target = "";
  const front = await httpServer(t, (_, response) => {
    response.writeHead(302, { location: `http://${target}:${secret.port}/latest/meta-data` }).end();
  });
  const lookup = resolver({ "inside.test": [["127.0.0.2"]] });
  const host = { connectPolicy: policy(PUBLIC_LOOPBACK), lookup };
  for (target of targets) {
    const asked = execute("http.get", { url: front.url }, actionContext({ host }));
    await assert.rejects(asked, denied, target);
    const direct = execute(
      "http.get",
      { url: `http://${target}:${secret.port}/` },
      actionContext({ host }),
    );
    await assert.rejects(direct, denied, target);
  }
  assert.equal(front.requests.length, targets.length);
  assert.equal(secret.connections(), 0);
});

describe("a name", () => {
  test("is resolved once a connection, which goes to the address that was checked", async (t) => {
    const outside = await httpServer(t, (_, response) => {
      // Every request comes by a connection of its own.
      response.writeHead(200, { connection: "close" }).end("outside");
    });
    const lookup = resolver({ "rebound.test": [["127.0.0.1"], ["127.0.0.2"]] });
    const host = { connectPolicy: policy(PUBLIC_LOOPBACK), lookup };
    const context = actionContext({ host });
    const url = `http://rebound.test:${outside.port}/`;
    assert.equal((await execute("http.get", { url }, context)).body, "outside");
    assert.deepEqual(lookup.asked, ["rebound.test"]);
    await assert.rejects(execute("http.get", { url }, context), denied);
    assert.deepEqual(lookup.asked, ["rebound.test", "rebound.test"]);
  });

  test("with allowed and refused addresses is reached at the allowed ones alone", async (t) => {
    const outside = await httpServer(t, (_, response) => response.end("outside"));
    const lookup = resolver({ "both.test": [["127.0.0.2", "::1", "127.0.0.1"]] });
    const host = { connectPolicy: policy(PUBLIC_LOOPBACK), lookup };
    const url = `http://both.test:${outside.port}/`;
    const { body } = await execute("http.get", { url }, actionContext({ host }));
    assert.equal(body, "outside");
  });

  test("that no rule can allow is not even looked up", async () => {
    const lookup = resolver({});
    for (const rules of [{ allowHosts: ["ok.test"] }, { denyHosts: ["*.leak.test"] }]) {
      const host = { connectPolicy: policy(rules), lookup };
      const url = "http://secret-in-a-name.leak.test/";
      await assert.rejects(execute("http.get", { url }, actionContext({ host })), denied);
    }
    assert.deepEqual(lookup.asked, []);
  });

  test(
    "that takes for ever to resolve keeps neither a timeout nor a cancel waiting",
    LESS,
    async () => {
      const proxied = { http_proxy: "http://127.0.0.1:9" };
      for (const env of [{}, proxied]) {
        const late: (() => void)[] = [];
        let asked = () => {};
        const lookup: Lookup = (_name, _options, callback) => {
          late.push(() => callback(new Error("too late"), []));
          asked();
        };
        const host = { lookup, env, connectPolicy: policy(PUBLIC_LOOPBACK) };
        const slow = { url: "http://silent.test/", timeout: "20ms" };
        const error = await execute("http.get", slow, actionContext({ host })).catch((e) => e);
        assert.deepEqual([error.code, error.details], ["TIMEOUT_ERROR", {
          timeout: true,
          limit: "params.timeout",
        }]);
        const context = actionContext({ host });
        asked = () => context.abort("enough");
        await assert.rejects(
          execute("http.get", { url: "http://silent.test/" }, context),
          failsWith("CANCELLED", /enough/),
        );
        for (const answer of late) answer();
      }
    },
  );
});

test("by default private addresses can be reached", async (t) => {
  const server = await httpServer(t, (_, response) => response.end("here"));
  assert.equal((await execute("http.get", { url: server.url })).body, "here");
});
