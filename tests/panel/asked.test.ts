// Whether a page says what of its address it does not know, rather than pass it over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { WRITTEN_TYPES } from "../../engine/journal/event-types.ts";
import { EVENT_NAMES } from "../../panel/event-names.ts";
import { needsBrowser, openPanel, runOf } from "../support/browser.ts";

test("the types of events that are offered are those that a log may have", () => {
  assert.deepEqual([...EVENT_NAMES].sort(), [...WRITTEN_TYPES].sort());
});

test(
  "what the address asks for and nobody knows is told, with what is known",
  needsBrowser,
  async (t) => {
    const panel = await openPanel(t);
    const id = await runOf(panel, "draws", [{ id: "draw", action: "crypto.uuid" }]);
    const says: [path: string, ...texts: RegExp[]][] = [
      ["/workflows?stats=xyz", /Ignored: this page has no filter stats\. It takes status, /],
      [
        "/workflows?status=xyz",
        /filter\.status: must be one of/,
        /Show the page without these filters/,
      ],
      [
        "/workflows?status=failed&status=active",
        /status stands 2 times in the address: the first one is used/,
      ],
      ["/templates?archived=maybe", /filter\.archived: must be true or false/],
      ["/events?event_type=step_complete", /did you mean "step_completed"/],
      ["/secrets?status=1", /this page has no filter status\./],
      [
        `/workflows/${id}?tab=evnts`,
        /there is no tab=evnts\. It may be steps, timeline.*; this is steps\./,
        /draw/,
      ],
      ["/settings?tab=log&level=loud", /there is no level=loud\. It may be info, debug/],
      ["/?<b>x</b>=1", /no filter <b>x<\/b>\./],
    ];
    for (const options of [{}, { javaScriptEnabled: false }]) {
      const page = await panel.open("/", options);
      for (const [path, ...texts] of says) {
        await page.goto(panel.url + path);
        const text = (await page.locator("#main").innerText()).replaceAll(/\s+/g, " ");
        for (const wanted of texts) assert.match(text, wanted, path);
      }
      for (
        const path of [
          "/workflows?status=&search=",
          "/templates?search=d&archived=",
          "/events",
          "/settings?tab=log&level=warn",
        ]
      ) {
        await page.goto(panel.url + path);
        assert.doesNotMatch(
          await page.locator("#main").innerText(),
          /Ignored:|in the address/,
          path,
        );
      }
    }
  },
);
