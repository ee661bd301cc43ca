// A REST client of a daemon for tests: JSON in, JSON out, over sockets that end with their daemon.

import { Pool } from "undici";
import type { JsonObject } from "../../core/json.ts";

export class RestError extends Error {
  readonly status: number;
  readonly body: JsonObject;

  constructor(status: number, body: JsonObject) {
    super(`${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.body = body;
  }
}

export class Rest {
  readonly #pool: Pool;

  constructor(url: string, connections = 32) {
    this.#pool = new Pool(url, { connections });
  }

  post(path: string, body: JsonObject): Promise<JsonObject> {
    return this.#request("POST", path, JSON.stringify(body));
  }

  get(path: string): Promise<JsonObject> {
    return this.#request("GET", path, null);
  }

  /** Cuts every call that is under way. */
  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }

  async #request(method: string, path: string, body: string | null): Promise<JsonObject> {
    const headers = { "content-type": "application/json" };
    const response = await this.#pool.request({ method, path, headers, body });
    const answer = await response.body.json() as JsonObject;
    if (response.statusCode >= 400) throw new RestError(response.statusCode, answer);
    return answer;
  }
}
