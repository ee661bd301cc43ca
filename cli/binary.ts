// What the single binary runs first: it says which version it is, or goes on to the program.

import { runEmbedded } from "../core/run-embedded.ts";
import { asksVersion } from "./asks-version.ts";
import { endWithReader } from "./closed-pipes.ts";
import { VERSION } from "./version.ts";

if (asksVersion(process.argv.slice(2))) {
  endWithReader();
  process.stdout.write(`${VERSION}\n`);
} else runEmbedded("main");
