// Whether install.sh installs what is ours and whole, and nothing else, wherever it runs.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { NEXT_KEY } from "../support/binary.ts";
import { tempHome } from "../support/daemon.ts";
import { OWN_ARCHIVE, type Releases, releases, saying } from "../support/releases.ts";

const SCRIPT = fileURLToPath(new URL("../../install.sh", import.meta.url));

/** What a bare system has. */
const TOOLS =
  "sh uname mkdir mktemp rm sed wc cut tar gzip chmod mv cat tr head sha256sum base64 test"
    .split(" ");

interface Trial {
  home: string;
  bin: string;
  run(args?: string[], env?: Record<string, string>): Promise<Ran>;
}

interface Ran {
  code: number | null;
  said: string;
}

/** A bare home in which the install.sh of the latest release runs. */
function trial(t: TestContext, served: Releases): Trial {
  const home = tempHome(t);
  return {
    home,
    bin: join(home, ".local/bin"),
    async run(args = [], env = {}) {
      const script = served.latest === "" ? SCRIPT : join(served.of(served.latest), "install.sh");
      const child = spawn("/bin/sh", [script, ...args], {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, OPCODE_RELEASES_URL: served.url, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => said += text);
      }
      const [code] = await once(child, "close");
      return { code, said };
    },
  };
}

/** A directory with these tools alone, as PATH. */
function toolsOnly(t: TestContext, ...more: string[]): { PATH: string } {
  const place = tempHome(t);
  for (const tool of [...TOOLS, ...more]) {
    const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" });
    if (stdout.startsWith("/")) symlinkSync(stdout.trim(), join(place, tool));
  }
  return { PATH: place };
}

test("shellcheck has nothing against it", {
  skip: spawnSync("shellcheck", ["--version"]).error && "shellcheck is not installed",
}, () => {
  const { stdout, status } = spawnSync("shellcheck", [SCRIPT], { encoding: "utf8" });
  assert.deepEqual([stdout, status], ["", 0]);
});

test("it installs the latest release, and again does nothing; a version by its name, older too", async (t) => {
  const served = await releases(t);
  const { run, bin } = trial(t, served);
  served.add("v1.0.0", saying("v1.0.0"));
  served.add("v1.1.0", saying("v1.1.0"));
  const first = await run();
  assert.equal(first.code, 0, first.said);
  assert.match(first.said, /installed v1\.1\.0 as .*\/\.local\/bin\/opcode/);
  assert.match(first.said, /is not in PATH/);
  assert.match(first.said, /opcode install\n$/);
  assert.deepEqual(readdirSync(bin), ["opcode"], "nothing else is left there");
  assert.equal(statSync(join(bin, "opcode")).mode & 0o777, 0o755);
  const before = served.asked().length;
  const again = await run([], { PATH: `${bin}:${process.env.PATH}` });
  assert.match(again.said, /v1\.1\.0 is installed already/);
  assert.ok(!served.asked().slice(before).some((path) => path.endsWith(".tar.gz")));
  const older = await run(["--version", "v1.0.0", "--prefix=there"]);
  assert.equal(older.code, 0, older.said);
  assert.match(older.said, /installed v1\.0\.0/);
});

test("either of two tools is enough to verify the signature; with neither nothing is installed", async (t) => {
  const served = await releases(t);
  served.add("v1.0.0", saying("v1.0.0"));
  for (const tools of [["openssl", "curl"], ["ssh-keygen", "curl"], ["openssl", "wget"]]) {
    const { run, bin } = trial(t, served);
    const { code, said } = await run([], toolsOnly(t, ...tools));
    assert.equal(code, 0, `${tools}: ${said}`);
    assert.ok(existsSync(join(bin, "opcode")));
  }
  const { run, bin } = trial(t, served);
  const { code, said } = await run([], toolsOnly(t, "curl"));
  assert.equal(code, 1);
  assert.match(said, /not verified.*neither openssl 3 nor ssh-keygen/);
  assert.deepEqual(readdirSync(bin), []);
});

test("what is not ours, not whole, or something else leaves the old file in its place", async (t) => {
  const served = await releases(t);
  const { run, bin } = trial(t, served);
  served.add("v1.0.0", saying("v1.0.0"));
  assert.equal((await run()).code, 0);
  const change = (file: string, from: string, to: string) => (directory: string) => {
    const path = join(directory, file);
    writeFileSync(path, readFileSync(path, "latin1").replace(from, to), "latin1");
  };
  let n = 1;
  const refused = async (
    fault: RegExp,
    breaks: (directory: string) => void,
    program = (version: string) => saying(version),
    options = {},
  ) => {
    const version = `v1.${++n}.0`;
    breaks(served.add(version, program(version), options));
    const { code, said } = await run();
    assert.match(said, fault);
    assert.equal(code, 1);
    assert.equal(readFileSync(join(bin, "opcode"), "utf8"), saying("v1.0.0"));
    assert.deepEqual(readdirSync(bin), ["opcode"]);
  };
  await refused(/was not verified/, change("manifest.json", '"format": 1', '"format":  1'));
  await refused(/was not verified/, (directory) => {
    for (const end of ["sig", "sshsig"]) writeFileSync(join(directory, `manifest.json.${end}`), "");
  });
  await refused(/was not verified/, change("install.sh", 'RELEASE_KEY="', 'RELEASE_KEY="A'));
  await refused(/its SHA-256 differs/, (directory) => {
    const file = join(directory, OWN_ARCHIVE);
    const bytes = readFileSync(file);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(file, bytes);
  });
  await refused(/its SHA-256 differs|cannot be fetched/, (directory) => {
    const file = join(directory, OWN_ARCHIVE);
    writeFileSync(file, readFileSync(file).subarray(0, 60));
  });
  await refused(/larger than it should be|cannot be fetched/, (directory) => {
    writeFileSync(join(directory, OWN_ARCHIVE), Buffer.alloc(5_000), { flag: "a" });
  });
  await refused(/has nothing for this machine/, () => {}, saying, {
    archive: "opcode_Plan9.tar.gz",
  });
  await refused(/says that it is v0\.0\.1/, () => {}, () => saying("v0.0.1"));
  await refused(/does not start here/, () => {}, () => "#!/bin/sh\nexit 3\n");
  await refused(
    /needs libatomic\.so\.1, which is missing here\. Install it|part of GCC/,
    () => {},
    () => "#!/bin/sh\necho 'libatomic.so.1: cannot open shared object file' >&2\nexit 127\n",
  );
});

test("a release that is signed with another key is none, whatever its manifest says", async (t) => {
  const served = await releases(t);
  const { run, bin } = trial(t, served);
  const own = served.add("v1.0.0", saying("v1.0.0"));
  const script = readFileSync(join(own, "install.sh"));
  const other = served.add("v1.1.0", saying("v1.1.0"), { key: NEXT_KEY });
  writeFileSync(join(other, "install.sh"), script);
  const { code, said } = await run();
  assert.equal(code, 1);
  assert.match(said, /was not verified/);
  assert.deepEqual(readdirSync(bin), []);
});

test("a version that was asked for is the one that comes, or none", async (t) => {
  const served = await releases(t);
  const { run, bin } = trial(t, served);
  served.add("v1.0.0", saying("v1.0.0"));
  served.add("v1.1.0", saying("v1.1.0"));
  for (const file of ["manifest.json", "manifest.json.sig", "manifest.json.sshsig"]) {
    writeFileSync(join(served.of("v1.1.0"), file), readFileSync(join(served.of("v1.0.0"), file)));
  }
  const { code, said } = await run(["--version", "v1.1.0"]);
  assert.equal(code, 1);
  assert.match(said, /asked for v1\.1\.0, and what came is v1\.0\.0/);
  const none = await run(["--version", "v9.9.9"]);
  assert.match(none.said, /v9\.9\.9\/manifest\.json cannot be fetched/);
  assert.deepEqual(readdirSync(bin), []);
});

test("a script that was cut short does nothing", async (t) => {
  const served = await releases(t);
  const { run, home } = trial(t, served);
  const directory = served.add("v1.0.0", saying("v1.0.0"));
  const file = join(directory, "install.sh");
  const whole = readFileSync(file, "utf8");
  for (let part = 1; part < 12; part++) {
    writeFileSync(file, whole.slice(0, Math.floor(whole.length * part / 12)));
    await run();
    assert.deepEqual(readdirSync(home), [], `${part} of 12`);
  }
});

test("places that are not safe, words it does not know, and a directory that is not ours are refused", async (t) => {
  const served = await releases(t);
  const { run, home } = trial(t, served);
  served.add("v1.0.0", saying("v1.0.0"));
  for (const url of ["http://example.com/r", "ftp://127.0.0.1/r", "file:///tmp"]) {
    const { code, said } = await run([], { OPCODE_RELEASES_URL: url });
    assert.equal(code, 1);
    assert.match(said, /must be an https:\/\/ URL/);
  }
  for (
    const [words, fault] of [
      [["--verison", "v1"], /unknown: --verison/],
      [["--version"], /--version: needs a value/],
      [["--purge"], /--purge: is only of --uninstall/],
      [["--source", "--version", "v1"], /--version: the checkout/],
    ] as const
  ) {
    const { code, said } = await run([...words]);
    assert.equal(code, 2, said);
    assert.match(said, fault);
  }
  const plain = join(home, "plain");
  mkdirSync(plain);
  writeFileSync(join(plain, "letter"), "dear");
  const { code, said } = await run(["--uninstall", "--purge"], { OPCODE_HOME: plain });
  assert.equal(code, 1);
  assert.match(said, /does not look like a data directory/);
  assert.ok(existsSync(join(plain, "letter")));
});

test("it removes the program and keeps the data, or all of it when it is told to", async (t) => {
  const served = await releases(t);
  const { run, home, bin } = trial(t, served);
  const program = `${saying("v1.0.0")}echo "$@" >> "$HOME/asked"\n`;
  served.add("v1.0.0", program.replace("&& echo v1.0.0", "&& echo v1.0.0 && exit"));
  assert.equal((await run()).code, 0);
  const data = join(home, ".opcode");
  mkdirSync(data);
  writeFileSync(join(data, "opcode.db"), "data");
  const kept = await run(["--uninstall"]);
  assert.equal(kept.code, 0, kept.said);
  assert.match(kept.said, /kept the data/);
  assert.equal(readFileSync(join(home, "asked"), "utf8"), "service uninstall\nstop\n");
  assert.deepEqual(readdirSync(bin), []);
  assert.ok(existsSync(join(data, "opcode.db")));
  const purged = await run(["--uninstall", "--purge"]);
  assert.equal(purged.code, 0, purged.said);
  assert.ok(!existsSync(data));
});
