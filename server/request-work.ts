// How a request is named that the daemon works on: its method and path, never what it carries.

import type { IncomingMessage } from "node:http";
import type { LogFields } from "../core/log.ts";
import type { Worker } from "../core/working.ts";

/** Characters of a path that a log line shows. */
const MOST_SHOWN = 200;

export class RequestWork implements Worker {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  workFields(): LogFields {
    const { method, url = "" } = this.#request;
    const [path = ""] = url.split("?", 1);
    return { method, path: path.slice(0, MOST_SHOWN) };
  }
}
