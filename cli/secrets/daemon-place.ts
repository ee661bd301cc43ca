// How secrets are kept by a running daemon: over its REST routes, which never answer a value.

import { keyless, locked } from "../../engine/vault/errors.ts";
import type { Client } from "../client.ts";
import type { SecretPlace } from "./place.ts";

export function daemonPlace(client: Client): SecretPlace {
  const pathOf = (name: string) => `/api/v1/secrets/${encodeURIComponent(name)}`;
  const list: SecretPlace["list"] = async () => await client.get("/api/v1/secrets") as never;
  return {
    running: true,
    async ready(what) {
      const { vault } = await list();
      if (vault === "locked") throw locked(what);
      if (vault === "new") throw keyless(what);
    },
    list,
    set: async (name, value) => await client.put(pathOf(name), { value }) as never,
    async delete(name) {
      await client.delete(pathOf(name));
    },
    async unlock(key) {
      await client.post("/api/v1/vault/unlock", { key });
    },
    rekey: async (key) => await client.post("/api/v1/vault/rekey", { key }) as never,
  };
}
