// What somebody sees who has to give the daemon's token first.

import { useState } from "preact/hooks";

/** `send`: gives the token, and resolves to why it was refused. Absent without a browser. */
export function SignIn({ send }: { send?: (token: string) => Promise<string | undefined> }) {
  const [token, setToken] = useState("");
  const [refused, setRefused] = useState<string>();
  return (
    <main id="main" class="sign-in">
      <h1>opcode</h1>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          setRefused(await send?.(token));
        }}
      >
        <label>
          <span>The token of this daemon (its setting auth_token)</span>
          <input
            type="password"
            autoComplete="current-password"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main" disabled={!send || token === ""}>Sign in</button>
        <p role="alert" class="refused">{refused}</p>
        <noscript>
          Signing in needs JavaScript; a bearer token in the request does without.
        </noscript>
      </form>
    </main>
  );
}
