// `npm run build [-- --no-code-cache]`: makes dist/opcode, the single binary for this platform.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildBinary } from "./build/binary.ts";
import { versionOf } from "./build/version.ts";
import { root } from "./tools.ts";

const { values } = parseArgs({
  options: {
    "no-code-cache": { type: "boolean", default: false },
    out: { type: "string", default: join(root, "dist") },
  },
});

const file = join(values.out, "opcode");
const version = versionOf(root);
const { bytes } = await buildBinary(root, { file, version, codeCache: !values["no-code-cache"] });
console.log(`${file}: ${version}, ${(bytes / 1e6).toFixed(1)} MB`);
