// What a thread of the single binary runs first: the program that it was started for.

import { runEmbedded } from "./run-embedded.ts";

runEmbedded(process.argv[2]!);
