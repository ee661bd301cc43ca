// What the binaries are made of, as a CycloneDX 1.6 document: packages of npm, Node, and what Node holds.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TARGETS } from "../build/targets.ts";

export const SBOM = "opcode.cdx.json";

interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
}

export interface SbomFacts {
  version: string;
  /** RFC 3339. */
  released_at: string;
}

/** The document of a checkout, the same for the same commit. */
export function sbomOf(root: string, { version, released_at }: SbomFacts): object {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const parts = new Set(TARGETS.flatMap(({ node, addon }) => [node, addon]));
  const components = Object.entries(packages as Record<string, Locked>)
    .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ""), locked }))
    .filter(({ name, locked }) => name !== "" && isIn(name, locked, parts))
    .map(({ name, locked }) => npmComponent(name, locked))
    .concat(nodeComponents());
  components.sort((a, b) => a["bom-ref"] < b["bom-ref"] ? -1 : 1);
  const refs = components.map((component) => component["bom-ref"]);
  const ref = `pkg:generic/opcode@${encodeURIComponent(version)}`;
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf([version, released_at, ...refs].join("\n"))}`,
    version: 1,
    metadata: {
      timestamp: released_at,
      component: { type: "application", "bom-ref": ref, name: "opcode", version, purl: ref },
    },
    components,
    dependencies: [{ ref, dependsOn: refs }],
  };
}

/** esbuild bundles the sources of a checkout as they run; a binary has no use for it. */
function isIn(name: string, { dev, optional }: Locked, parts: Set<string>): boolean {
  return parts.has(name) || !(dev || optional || /^@?esbuild\b/.test(name));
}

function npmComponent(name: string, { version, license, integrity }: Locked) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const [algorithm, digest] = integrity?.split("-", 2) ?? [];
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version,
    ...(license !== undefined && { licenses: [{ expression: license }] }),
    ...(algorithm === "sha512" && {
      hashes: [{ alg: "SHA-512", content: Buffer.from(digest!, "base64").toString("hex") }],
    }),
    purl,
  };
}

/** What Node says that it is made of; the Node that builds is the one that is built in. */
function nodeComponents() {
  return Object.entries(process.versions)
    .filter(([name]) => !["modules", "napi", "unicode", "cldr", "tz"].includes(name))
    .map(([name, version]) => {
      const purl = `pkg:generic/${name}@${encodeURIComponent(version!)}`;
      return { type: "library", "bom-ref": purl, name, version: version!, purl };
    });
}

/** A UUID of the text (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
