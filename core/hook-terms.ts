// Which words stand for what a hook does to know who has sent a delivery.

/**
 * `hmac-sha256`, `github`, `stripe` and `slack` sign the body, `token` shows the secret itself, `none`
 * asks for nothing.
 */
export const HOOK_SCHEMES = ["hmac-sha256", "token", "github", "stripe", "slack", "none"] as const;

/** Stored by its place in the list: only ever append. */
export type HookScheme = (typeof HOOK_SCHEMES)[number];
