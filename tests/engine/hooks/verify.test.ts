// Whether only who has the secret is believed, on exactly the body and time that were signed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Verdict, verify } from "../../../engine/hooks/verify.ts";
import { SIGN } from "../../support/hook-signatures.ts";

const NOW = 1_800_000_000_000;
const SECRET = "sesame";
const BODY = '{"a":1,  "b":"ü"}';
type Scheme = keyof typeof SIGN;

function verdict(
  scheme: Scheme,
  headers: Record<string, string>,
  { body = BODY as string | Uint8Array, now = NOW, secret = SECRET } = {},
): Verdict {
  return verify(scheme, secret, {
    header: (name) => headers[name],
    body: typeof body === "string" ? Buffer.from(body) : body,
    now,
  });
}

const signed = (scheme: Scheme, at = NOW) => SIGN[scheme](SECRET, BODY, at);
const refused = (verdict: Verdict, reason: RegExp) => {
  assert.equal(verdict.ok, false);
  assert.match((verdict as { reason: string }).reason, reason);
};

// The examples of their makers' own documentation.
test("GitHub's example is verified", () => {
  const github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const options = { body: "Hello, World!", secret: "It's a Secret to Everybody" };
  assert.deepEqual(verdict("github", { "x-hub-signature-256": github }, options), { ok: true });
});

test("Slack's example is verified", () => {
  const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&" +
    "channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&" +
    "command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F" +
    "T1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121." +
    "803a0bc887a14d10d2c447fce8b6703c";
  const headers = {
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  const options = { body, now: 1531420618_000, secret: "8f742231b10e8888abcd99yyyzzz85a5" };
  assert.equal(verdict("slack", headers, options).ok, true);
});

for (const scheme of Object.keys(SIGN) as Scheme[]) {
  describe(scheme, () => {
    test("what is signed with the secret is believed", () => {
      assert.equal(verdict(scheme, signed(scheme)).ok, true);
    });

    test("what is signed with another one is not, nor what is not signed", () => {
      refused(verdict(scheme, signed(scheme), { secret: "sesamE" }), /^wrong/);
      refused(verdict(scheme, {}), /^no (signature|token)/);
    });

    if (scheme !== "token") {
      test("one byte more, less or other, and it is not", () => {
        for (const body of [`${BODY} `, BODY.slice(0, -1), BODY.replace("1", "2"), ""]) {
          refused(verdict(scheme, signed(scheme), { body }), /^wrong signature/);
        }
      });

      test("a body that is no text is believed as it is, and no other that reads like it", () => {
        const body = Uint8Array.of(0xff, 0xfe, 0, 0xc3, 0x28);
        const headers = SIGN[scheme](SECRET, body, NOW);
        assert.equal(verdict(scheme, headers, { body }).ok, true);
        const other = Uint8Array.of(0xff, 0xfd, 0, 0xc3, 0x28);
        refused(verdict(scheme, headers, { body: other }), /^wrong signature/);
      });

      test("signatures that are cut, doubled, empty or in another form are none", () => {
        const name = Object.keys(signed(scheme)).find((each) =>
          each.endsWith("signature") ||
          each.endsWith("256")
        )!;
        const whole = signed(scheme)[name]!;
        for (
          const given of [
            whole.slice(0, -1),
            `${whole}0`,
            `${whole}, ${whole}`,
            "",
            "sha256=",
            whole.replace(/=[0-9a-f]{64}/, "=zz"),
            whole.replace(/[0-9a-f]{64}/, (hex) => Buffer.from(hex, "hex").toString("base64")),
            whole.replace(/^v1|sha256|v0/, "sha1"),
          ]
        ) {
          const result = verdict(scheme, { ...signed(scheme), [name]: given });
          // Stripe's header may have several.
          if (result.ok) assert.ok(scheme === "stripe" || given === whole, given);
        }
      });
    }
  });
}

test("hmac-sha256 takes the bare digits too, in either case", () => {
  const { "x-signature-256": whole } = signed("hmac-sha256");
  const hex = whole!.slice("sha256=".length);
  for (const given of [hex, hex.toUpperCase(), `SHA256=${hex}`]) {
    assert.equal(verdict("hmac-sha256", { "x-signature-256": given }).ok, true, given);
  }
});

test("a token is taken from either header, and nothing but the token", () => {
  assert.equal(verdict("token", { "x-webhook-token": SECRET }).ok, true);
  assert.equal(verdict("token", { authorization: `bearer ${SECRET}` }).ok, true);
  for (
    const headers of [
      { authorization: SECRET },
      { authorization: `Basic ${SECRET}` },
      { authorization: "Bearer " },
      { authorization: `Bearer ${SECRET} x` },
      { authorization: `Bearer ${SECRET}, Bearer ${SECRET}` },
      { "x-webhook-token": "" },
      { "x-webhook-token": `${SECRET}, ${SECRET}` },
      // What is said of it twice must be right.
      { "x-webhook-token": "x", authorization: `Bearer ${SECRET}` },
    ] as Record<string, string>[]
  ) assert.equal(verdict("token", headers).ok, false, JSON.stringify(headers));
});

for (const scheme of ["stripe", "slack"] as const) {
  test(`${scheme}: a time that is signed may be five minutes off, before or after, and no more`, () => {
    for (const off of [0, 300_000, -300_000]) {
      assert.equal(verdict(scheme, signed(scheme, NOW - off)).ok, true, String(off));
    }
    refused(verdict(scheme, signed(scheme, NOW - 301_000)), /signed 301 s ago/);
    refused(verdict(scheme, signed(scheme, NOW + 301_000)), /signed for 301 s from now/);
  });

  test(`${scheme}: another time beside the same signature is wrong`, () => {
    const headers = signed(scheme);
    const seconds = String(NOW / 1_000);
    const moved = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace(seconds, String(NOW / 1_000 + 1)),
      ]),
    );
    assert.notDeepEqual(moved, headers);
    refused(verdict(scheme, moved), /^wrong signature/);
  });

  test(`${scheme}: times that are none are not read`, () => {
    for (const time of ["", "0", "-1", "1e9", "NaN", "99999999999999999999", " 1", "0x1"]) {
      const headers = Object.fromEntries(
        Object.entries(signed(scheme)).map(([name, value]) => [
          name,
          value.replace(String(NOW / 1_000), time),
        ]),
      );
      assert.equal(verdict(scheme, headers).ok, false, time);
    }
  });

  test(`${scheme}: the same delivery has the same mark, and no other has`, () => {
    const mark = (at: number) => (verdict(scheme, signed(scheme, at)) as { mark: string }).mark;
    assert.equal(mark(NOW), mark(NOW));
    assert.notEqual(mark(NOW), mark(NOW + 1_000));
  });
}

test("stripe: one right signature of several is enough, and of very many none is looked at", () => {
  const { "stripe-signature": whole } = signed("stripe");
  const [t, v1] = whole!.split(",");
  const wrong = `v1=${"0".repeat(64)}`;
  const given = (...items: string[]) =>
    verdict("stripe", { "stripe-signature": [t, ...items].join(",") }).ok;
  assert.equal(given(wrong, v1!), true);
  assert.equal(given("v0=abc", v1!, " x"), true);
  assert.equal(given(wrong), false);
  assert.equal(given(...Array(10).fill(wrong), v1!), false);
  const twice = verdict("stripe", { "stripe-signature": `${t},${whole}` });
  assert.equal(twice.ok, false, "two times");
});
