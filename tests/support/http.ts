// How tests talk to a daemon over REST.

export interface Answer {
  status: number;
  headers: Headers;
  // Tests look into answers freely; a wrong shape fails their assertions.
  body: any;
}

/** One request; `body` is sent as JSON, or as it is when it is text. */
export async function rest(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** Stores a template of these steps; throws when it is refused. */
export async function defineTemplate(
  url: string,
  name: string,
  steps: unknown[],
  headers: Record<string, string> = {},
): Promise<void> {
  const body = { name, agent_id: "tester", definition: { steps } };
  const answer = await rest(url, "POST", "/api/v1/templates", body, headers);
  if (answer.status !== 201 && answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

/** Two pure steps, the second reading the first. */
export const HASH_STEPS = [
  { id: "hash", type: "action", action: "crypto.hash", params: { data: "${{inputs.text}}" } },
  {
    id: "check",
    type: "action",
    action: "assert.equals",
    params: { expected: "${{inputs.text}}", actual: "${{inputs.text}}" },
    depends_on: ["hash"],
  },
];
