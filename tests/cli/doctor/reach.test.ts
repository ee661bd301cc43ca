// Who counts as another person with an account on this machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import { otherPeople } from "../../../cli/doctor/reach.ts";

test("people have numbers from 1000 and a shell; services, nobody and oneself do not count", () => {
  const accounts = [
    "root:x:0:0::/root:/bin/bash",
    "daemon:x:2:2::/:/usr/sbin/nologin",
    "me:x:1000:1000::/home/me:/bin/zsh",
    "you:x:1001:1001::/home/you:/bin/bash",
    "robot:x:1002:1002::/srv:/usr/sbin/nologin",
    "ghost:x:1003:1003::/home/g:/bin/false",
    "bare:x:1004:1004::/home/b:",
    "nobody:x:65534:65534::/:/bin/sh",
    "",
  ].join("\n");
  assert.deepEqual(otherPeople(accounts, 1000), ["you"]);
  assert.deepEqual(otherPeople("", 1000), []);
});
