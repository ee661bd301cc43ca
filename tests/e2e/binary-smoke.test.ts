// Whether the single binary is what others judge it by: a conforming MCP server, and a panel that works in a browser.
//
// All tests of this folder run against it with `BINARY=dist/opcode npm test -- e2e panel`.

import { test } from "node:test";
import { theBinary } from "../support/binary.ts";
import { needsBrowser, openPage } from "../support/browser.ts";
import { conforms, REVISIONS } from "../support/conformance.ts";
import { spawnDaemon } from "../support/daemon.ts";
import { defineTemplate } from "../support/http.ts";

test("both sets of the MCP conformance suite pass", async (t) => {
  const env = { OPCODE_CONFORMANCE_FIXTURES: "1" };
  const { url } = await spawnDaemon(t, { binary: await theBinary(), env });
  for (const [revision, scenarios] of REVISIONS) await conforms(t, url, { revision, scenarios });
});

test(
  "its panel comes to life in a browser, and goes from page to page",
  needsBrowser,
  async (t) => {
    const { url } = await spawnDaemon(t, { binary: await theBinary(), args: ["--panel"] });
    await defineTemplate(url, "sum-up", [{ id: "a", action: "crypto.uuid" }]);
    const page = await openPage(t, `${url}/`);
    await page.getByRole("navigation").getByRole("link", { name: "Templates" }).first().click();
    await page.getByRole("link", { name: "sum-up" }).first().click();
    await page.waitForURL("**/templates/sum-up");
    // The title follows the address, once the page is there.
    await page.waitForFunction(() => document.title.includes("sum-up"));
  },
);
