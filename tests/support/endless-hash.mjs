// Loaded into a daemon under test: who hashes by SHA-512 never gets an answer, and is stuck meanwhile.

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const { createHash } = crypto;
crypto.createHash = (algorithm, ...rest) => {
  if (algorithm === "sha512") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return createHash(algorithm, ...rest);
};
syncBuiltinESMExports();
