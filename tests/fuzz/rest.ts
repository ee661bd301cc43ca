// Requests to the REST API of a daemon, made from its OpenAPI document.

import { RestFuzz } from "../support/generate/rest-fuzz.ts";
import type { FuzzTarget } from "./target.ts";

const steps: (() => unknown)[] = [];
let fuzz: RestFuzz | undefined;

export const target: FuzzTarget = {
  name: "rest",
  atOnce: 8,
  async load() {
    const begun = fuzz = await RestFuzz.start({ after: (step) => void steps.push(step) });
    return (random) => begun.once(random);
  },
  async end() {
    const faults = await fuzz!.faults();
    console.log(JSON.stringify(fuzz!.statuses));
    if (await fuzz!.daemon.stop() !== 0) faults.push("the daemon did not end well");
    for (const step of steps.toReversed()) await step();
    if (faults.length > 0) throw new Error(faults.join("\n"));
  },
};
