// Whether the control groups of a process are found as the kernel tells of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placesIn } from "../../../../engine/isolation/groups/places.ts";

const V2 = "30 22 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const V1 = ["memory", "cpu,cpuacct", "pids"].map((names, i) =>
  `3${i} 30 0:2${i} / /sys/fs/cgroup/${names} rw - cgroup cgroup rw,${names}`
).join("\n");

const everything = () => true;

test("the second version: one place for all that the group has", () => {
  const own = "0::/system.slice/opcode.service\n";
  const asked: string[] = [];
  const places = placesIn({ own, mounts: V2 }, (dir, controller) => {
    asked.push(dir);
    return controller !== "cpu";
  });
  const place = { version: 2, dir: "/sys/fs/cgroup/system.slice/opcode.service" };
  assert.deepEqual(places, { memory: place, pids: place });
  assert.deepEqual(new Set(asked), new Set([place.dir]));
});

test("the first version: one for each", () => {
  const own = "9:memory:/box/a b\n8:cpu,cpuacct:/\n2:pids:/\n1:name=systemd:/x\n";
  assert.deepEqual(placesIn({ own, mounts: V1 }, everything), {
    memory: { version: 1, dir: "/sys/fs/cgroup/memory/box/a b" },
    cpu: { version: 1, dir: "/sys/fs/cgroup/cpu,cpuacct/" },
    pids: { version: 1, dir: "/sys/fs/cgroup/pids/" },
  });
});

test("both: what the first one has not is the second's", () => {
  const own = "2:pids:/\n0::/mine\n";
  const mounts = `${V1}\n40 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`;
  const places = placesIn({ own, mounts }, (_, controller) => controller === "memory");
  assert.deepEqual(places, {
    pids: { version: 1, dir: "/sys/fs/cgroup/pids/" },
    memory: { version: 2, dir: "/sys/fs/cgroup/unified/mine" },
  });
});

test("a daemon that has moved itself down is in the group above", () => {
  for (
    const [own, dir] of [["0::/a.service/opcode-daemon\n", "/sys/fs/cgroup/a.service"], [
      "0::/opcode-daemon\n",
      "/sys/fs/cgroup/",
    ], ["0::/not-opcode-daemon\n", "/sys/fs/cgroup/not-opcode-daemon"]]
  ) {
    assert.equal(placesIn({ own: own!, mounts: V2 }, everything).pids?.dir, dir);
  }
});

test("in a container that sees a part of the tree", () => {
  const mounts = V2.replace(" / /sys", " /docker/ab /sys");
  const dirOf = (own: string) => placesIn({ own, mounts }, everything).pids?.dir;
  assert.equal(dirOf("0::/docker/ab\n"), "/sys/fs/cgroup");
  assert.equal(dirOf("0::/docker/ab/c\n"), "/sys/fs/cgroup/c");
  assert.equal(dirOf("0::/docker/abc\n"), undefined);
});

test("mounted at a place with a space", () => {
  const mounts = V2.replace("/sys/fs/cgroup", "/my\\040groups");
  assert.equal(placesIn({ own: "0::/a\n", mounts }, everything).pids?.dir, "/my groups/a");
});

test("where there are none", () => {
  assert.deepEqual(placesIn({ own: "", mounts: "" }, everything), {});
  assert.deepEqual(placesIn({ own: "0::/x\n", mounts: "" }, everything), {});
});
